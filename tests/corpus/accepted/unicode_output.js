// The answer is not ASCII; it must arrive as UTF-8.
console.log("naïve Größe — 日本語 🎈");
