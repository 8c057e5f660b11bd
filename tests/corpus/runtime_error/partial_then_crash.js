// Half of the answer, then a crash: what was written is kept.
for (let number = 1; number <= 3; number++) console.log(number);
null.crash();
