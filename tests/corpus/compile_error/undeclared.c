/* Nobody declared the name. */
#include <stdio.h>

int main(void) {
    printf("%d\n", answer); /* the error is here */
    return 0;
}
