/* Ends by a segmentation fault: writes through a null pointer. */
#include <stdio.h>

static int *volatile nowhere;

int main(void) {
    puts("before");
    fflush(stdout);
    *nowhere = 1;
    return 0;
}
