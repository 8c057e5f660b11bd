// Ends with an exit code of its own, after a line of output.
console.log("before");
process.exitCode = 7;
