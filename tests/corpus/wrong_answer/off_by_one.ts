// Forgets the last number.
import { readFileSync } from "node:fs";

const [count, ...numbers]: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
let total: number = 0;
for (let i = 0; i < count! - 1; i++) total += numbers[i]!;
console.log(total);
