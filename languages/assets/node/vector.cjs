"use strict";
// What a preload waits for (see languages/SCHEMA.md, Preloads).
const { closeSync, readSync } = require("node:fs");

exports.readVector = () => {
  const chunks = [];
  const chunk = Buffer.alloc(65536);
  for (let size = readSync(3, chunk); size > 0; size = readSync(3, chunk)) {
    chunks.push(Buffer.from(chunk.subarray(0, size)));
  }
  closeSync(3);
  return Buffer.concat(chunks).toString("utf8").split("\0").slice(0, -1);
};
