// The right answer, on the wrong stream.
console.error("100");
