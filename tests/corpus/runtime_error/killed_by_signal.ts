// Ends by a segmentation fault that it sends to itself.
import { writeSync } from "node:fs";

const fault: NodeJS.Signals = "SIGSEGV";
writeSync(1, "before\n");
process.kill(process.pid, fault);
