// Takes 1 GiB of memory outside the heap that the runtime watches.
const taken = [];
for (let i = 0; i < 64; i++) taken.push(Buffer.alloc(16 << 20, 1));
console.log(taken.length);
