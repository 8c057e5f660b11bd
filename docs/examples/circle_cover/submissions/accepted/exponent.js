// Walks towards the farthest town by ever smaller steps, and prints the radius as a power of ten.
const [count, ...numbers] = require("node:fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const towns = Array.from({ length: count }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);

const radius = (x, y) => Math.max(...towns.map((town) => Math.hypot(town[0] - x, town[1] - y)));
const smallest = (cost) => {
  let [low, high] = [-1000, 1000];
  for (let step = 0; step < 60; step++) {
    const [left, right] = [low + (high - low) * 0.45, high - (high - low) * 0.45];
    if (cost(left) < cost(right)) high = right;
    else low = left;
  }
  return cost((low + high) / 2);
};

console.log(smallest((x) => smallest((y) => radius(x, y))).toExponential(9));
