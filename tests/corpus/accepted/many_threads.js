// Four worker threads add up the numbers 1 to 40, ten each.
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");

if (isMainThread) {
  const part = (first) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: first });
      worker.once("message", resolve);
      worker.once("error", reject);
    });
  Promise.all([1, 11, 21, 31].map(part)).then((parts) => {
    console.log(parts.reduce((total, number) => total + number));
  });
} else {
  let total = 0;
  for (let number = workerData; number < workerData + 10; number++) total += number;
  parentPort.postMessage(total);
}
