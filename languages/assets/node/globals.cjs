"use strict";
// Programs mix both module systems: what CommonJS gives to a file, ES modules find as globals.
const { Module, createRequire } = require("node:module");

const file = process.env.SYNCODE_MAIN ?? "/box/main.js";
delete process.env.SYNCODE_MAIN;
const main = new Module(file, null);
main.filename = file;
globalThis.module = main;
globalThis.exports = main.exports;
globalThis.require = createRequire(file);
globalThis.require.main = main;
globalThis.__filename = file;
globalThis.__dirname = "/box";
