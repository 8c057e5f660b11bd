// Aborts.
require("node:fs").writeSync(1, "before\n");
process.abort();
