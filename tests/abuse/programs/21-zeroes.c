/* A program of 1 TiB, all of which is zero: its file is small. */
#include <stdio.h>

static char zeroes[1UL << 40];

int main(void) { printf("%p\n", (void *)zeroes); }
