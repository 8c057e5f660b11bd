// Brings settings for the tools that compile it; they would run a program, or take in other files.
console.log("contained");
