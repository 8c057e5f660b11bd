/* Takes a structure for an integer. */
#include <stdio.h>

struct pair {
    int left, right;
};

int main(void) {
    struct pair both = {1, 2};
    int count = both; /* the error is here */
    printf("%d\n", count);
    return 0;
}
