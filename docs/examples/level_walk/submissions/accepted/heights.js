// Two moments at the same height enclose a level stretch: count how often each height was reached before.
const [count, steps] = require("node:fs").readFileSync(0, "utf8").split("\n");
const seen = new Map([[0, 1]]);
let height = 0;
let level = 0;
for (const step of steps.trim()) {
  height += step === "U" ? 1 : -1;
  const before = seen.get(height) ?? 0;
  level += before;
  seen.set(height, before + 1);
}
console.log(level);
