/* Claims by its exit code that it was killed; nobody did. */
#include <stdio.h>

int main(void) {
    puts("before");
    return 137;
}
