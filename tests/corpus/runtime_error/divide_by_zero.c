/* Divides by zero, which the processor refuses. */
#include <stdio.h>

int main(void) {
    volatile int zero = 0;
    puts("before");
    fflush(stdout);
    printf("%d\n", 100 / zero);
    return 0;
}
