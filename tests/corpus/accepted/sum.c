/* Reads a count and that many integers, prints their sum. */
#include <stdio.h>

int main(void) {
    int count;
    long long number, total = 0;
    if (scanf("%d", &count) != 1) return 1;
    while (count-- > 0 && scanf("%lld", &number) == 1) total += number;
    printf("%lld\n", total);
    return 0;
}
