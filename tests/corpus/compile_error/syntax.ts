// A closing bracket too many.
const count: number = 4;
console.log(count)); // the error is here
