"use strict";
// Lets a Node.js wait, started and ready, until it is told what to run (see languages/SCHEMA.md, Preloads). globals.cjs
// requires this file before Node.js looks at the program; what has not happened by then Node.js does itself, as ever.
const { Module } = require("node:module");
const { resolve } = require("node:path");
const { performance, Performance } = require("node:perf_hooks");
const { readVector } = require("./vector.cjs");

// The clocks that began when this process did did not run while it waited.
function stopClocks(waitedMs) {
  const { now } = Performance.prototype;
  const { uptime } = process;
  const origin = performance.timeOrigin + waitedMs;
  const clocks = { now() { return now.call(this) - waitedMs; }, get timeOrigin() { return origin; } };
  Object.defineProperties(Performance.prototype, Object.getOwnPropertyDescriptors(clocks));
  process.uptime = { uptime() { return uptime() - waitedMs / 1000; } }.uptime;
}

// Node.js has settled on its main file already, but asks for runMain just before it calls it.
function replaceMain(file) {
  const { runMain } = Module;
  Object.defineProperty(Module, "runMain", {
    configurable: true,
    enumerable: true,
    get() {
      Object.defineProperty(Module, "runMain", { configurable: true, enumerable: true, writable: true, value: runMain });
      return runMain.bind(Module, file);
    },
  });
}

// What most programs will ask for. process.stdout and its like are not touched: that would change the descriptors.
for (const name of ["events", "fs/promises", "net", "readline", "stream", "tty", "url", "util"]) require(`node:${name}`);

// Nobody is to find these files among the modules.
delete require.cache[require.resolve("./vector.cjs")];
delete require.cache[__filename];
module.parent.children.length = 0;

const began = performance.now();
const [program, ...rest] = readVector();
if (program === undefined) process.reallyExit(1);
const [file, ...args] = rest.slice(process.execArgv.length);
const placeholder = process.argv[1];
process.argv.splice(1, Infinity, resolve(file), ...args);
if (process.argv[1] !== placeholder) replaceMain(process.argv[1]);
stopClocks(performance.now() - began);
