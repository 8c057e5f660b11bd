// Floods standard output, up to 256 MiB.
import { writeSync } from "node:fs";

writeSync(1, "before\n");
const lines: string = "the same line over and over\n".repeat(64);
for (let written: number = 0; written < 256 << 20; written += lines.length) writeSync(1, lines);
