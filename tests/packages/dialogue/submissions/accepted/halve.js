let low = 1, high = 100;
const middle = () => Math.floor((low + high) / 2);
console.log(`? ${middle()}`);
require('readline').createInterface({ input: process.stdin }).on('line', (answer) => {
  if (answer === 'yes') {
    console.log(`! ${middle()}`);
    process.exit(0);
  }
  if (answer === 'less') high = middle() - 1;
  else low = middle() + 1;
  console.log(`? ${middle()}`);
});
