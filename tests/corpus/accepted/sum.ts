// Reads a count and that many integers, prints their sum.
import { readFileSync } from "node:fs";

const [count, ...numbers]: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
console.log(numbers.slice(0, count).reduce((total: number, number: number): number => total + number, 0));
