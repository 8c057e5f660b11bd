"use strict";
// Programs mix both module systems: what CommonJS gives to a file, ES modules find as globals.
const { Module, createRequire } = require("node:module");

if (process.env.SYNCODE_PRELOAD !== undefined) {
  delete process.env.SYNCODE_PRELOAD;
  require("./preload.cjs");
}

// The bundle of main.ts is out/main.ts.mjs. Threads made of a text have no file.
const [, started = ""] = process.argv;
const bundled = /^\/app\/out\/(.+)\.mjs$/.exec(started);
const file = bundled ? `/box/${bundled[1]}` : started.startsWith("/") ? started : "/box/main.js";
const main = new Module(file, null);
main.filename = file;
globalThis.module = main;
globalThis.exports = main.exports;
globalThis.require = createRequire(file);
globalThis.require.main = main;
globalThis.__filename = file;
globalThis.__dirname = "/box";
