// Walks through all beginnings and ends in order of time; at equal times ends come first.
import { readFileSync } from "node:fs";

interface Event {
  time: number;
  change: 1 | -1;
}

const numbers: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const events: Event[] = numbers.slice(1).map((time, i): Event => ({ time, change: i % 2 === 0 ? 1 : -1 }));
events.sort((a, b) => a.time - b.time || a.change - b.change);

let rooms = 0;
let most = 0;
for (const event of events) {
  rooms += event.change;
  most = Math.max(most, rooms);
}
console.log(most);
