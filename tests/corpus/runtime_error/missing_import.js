// Requires a module that nobody has; Node.js finds out when it runs.
console.log("before");
console.log(require("no_such_module").answer);
