// SIGKILL, but from itself: neither memory nor time was the reason.
require("node:fs").writeSync(1, "before\n");
process.kill(process.pid, "SIGKILL");
