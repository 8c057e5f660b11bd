// Recurses for ever; the engine itself stops it.
const deeper = (level) => deeper(level + 1) + 1;

console.log("before");
console.log(deeper(0));
