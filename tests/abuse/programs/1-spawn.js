// Starts programs until it is refused, 1000 at the most; each lives 10 s at the most.
const { spawn } = require("node:child_process");

let answered = 0;
const answer = (word) => {
  if (answered++) return;
  console.log(word);
  process.exit(0);
};
for (let i = 0; i < 1000 && !answered; i++) {
  const child = spawn("/bin/sleep", ["10"], { stdio: "ignore" });
  child.on("error", (error) => answer(error.code === "EAGAIN" ? "contained" : error.code));
}
setTimeout(() => answer("all were born"), 4000);
