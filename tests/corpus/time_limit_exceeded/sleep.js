// Sleeps: no processor time at all, only the clock can end it.
console.log("before");
setTimeout(() => console.log("after"), 20_000);
