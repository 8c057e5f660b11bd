// Ends by a segmentation fault that it sends to itself.
require("node:fs").writeSync(1, "before\n");
process.kill(process.pid, "SIGSEGV");
