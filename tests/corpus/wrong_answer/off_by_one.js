// Forgets the last number.
const [count, ...numbers] = require("node:fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
let total = 0;
for (let i = 0; i < count - 1; i++) total += numbers[i];
console.log(total);
