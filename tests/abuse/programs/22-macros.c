/* A macro that is 10 to the power of 12 statements when it is spelt out. */
#include <stdio.h>
#define A(x) x x x x x x x x x x
#define B(x) A(A(A(A(x))))
#define C(x) B(B(B(x)))
static volatile int count;
int main(void) {
    C(count++;)
    printf("%d\n", count);
}
