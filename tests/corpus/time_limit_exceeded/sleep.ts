// Sleeps: no processor time at all, only the clock can end it.
const later: number = 20_000;
console.log("before");
setTimeout((): void => console.log("after"), later);
