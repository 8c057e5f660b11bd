/* Floods standard output, up to 256 MiB. */
#include <stdio.h>

int main(void) {
    puts("before");
    for (int line = 0; line < 9000000; line++) puts("the same line over and over");
    return 0;
}
