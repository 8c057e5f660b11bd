/* Includes the pipe that the compiler itself writes its messages to: nothing to read there, ever. */
#include "/dev/stderr"
int main(void) { return 0; }
