// Copies far more than a pipe holds from standard input to standard output, as a stream.
process.stdin.pipe(process.stdout);
