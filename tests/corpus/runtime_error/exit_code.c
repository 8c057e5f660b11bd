/* Ends with an exit code of its own, after a line of output. */
#include <stdio.h>

int main(void) {
    puts("before");
    return 7;
}
