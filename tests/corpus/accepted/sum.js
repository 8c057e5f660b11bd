// Reads a count and that many integers, prints their sum.
const { readFileSync } = require("node:fs");

const [count, ...numbers] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
console.log(numbers.slice(0, count).reduce((total, number) => total + number, 0));
