// Nobody catches the exception.
console.log("before");
throw new Error("nobody catches this");
