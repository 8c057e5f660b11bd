/* An operand is missing. */
#include <stdio.h>

int main(void) {
    int count = 4 + ; /* the error is here */
    printf("%d\n", count);
    return 0;
}
