const fs = require('fs');
const [given, , feedback, flag, more] = process.argv.slice(2);
if (more !== undefined && more !== 'it\'s "so"') process.exit(1);
const numbers = fs.readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const most = Number(flag.replace('most=', ''));
const good = numbers.length === 2 && numbers[0] + numbers[1] === Number(fs.readFileSync(given, 'utf8'));
if (good && Math.max(...numbers) <= most) process.exit(42);
fs.writeFileSync(`${feedback}judgemessage.txt`, good ? `a number above ${most}` : 'another sum');
process.exit(43);
