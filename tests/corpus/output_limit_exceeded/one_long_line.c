/* One line without an end, up to 256 MiB. */
#include <stdio.h>

int main(void) {
    puts("before");
    for (int i = 0; i < 256 << 20; i++) putchar('x');
    return 0;
}
