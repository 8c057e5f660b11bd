// Nobody catches the exception.
function fail(reason: string): never {
  throw new Error(reason);
}

console.log("before");
fail("nobody catches this");
