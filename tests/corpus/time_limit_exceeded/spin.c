/* Keeps a processor busy, for about a minute if nobody stops it. */
#include <stdio.h>

static volatile long long count;

int main(void) {
    puts("before");
    fflush(stdout);
    while (count < 30000000000LL) count++;
    printf("%lld\n", count);
    return 0;
}
