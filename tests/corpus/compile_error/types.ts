// Takes a string for a number, and would also fail when run.
const count: number = "four"; // the error is here
console.log(count.toFixed(0));
