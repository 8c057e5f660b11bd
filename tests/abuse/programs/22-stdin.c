/* Includes what the compiler reads and writes: nothing, and the end of nothing. */
#include "/dev/stdin"
#include "/proc/self/fd/0"
#include "/dev/null"
#include <stdio.h>
int main(void) { puts("contained"); }
