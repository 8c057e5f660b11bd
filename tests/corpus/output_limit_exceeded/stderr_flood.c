/* Floods standard error, up to 256 MiB: both streams count. */
#include <stdio.h>

int main(void) {
    puts("before");
    fflush(stdout);
    setvbuf(stderr, NULL, _IOFBF, 1 << 16);
    for (int line = 0; line < 9000000; line++) fputs("the same line over and over\n", stderr);
    return 0;
}
