// Ends with an exit code of its own, after a line of output.
const code: number = 7;
console.log("before");
process.exitCode = code;
