// A closing bracket too many.
const count = 4;
console.log(count)); // the error is here
