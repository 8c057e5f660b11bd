// Shows its environment; the test reads it.
for (const [name, value] of Object.entries(process.env)) console.error(`${name}=${value}`);
console.log("contained");
