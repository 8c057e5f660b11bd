// Imports a module that nobody has.
import { answer } from "./no_such_module"; // the error is here

console.log(answer);
