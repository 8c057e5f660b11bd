/* Ignores every signal that can be ignored, the polite notice of the processor limit included. */
#include <signal.h>
#include <stdio.h>

static volatile long long count;

int main(void) {
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    puts("before");
    fflush(stdout);
    while (count < 30000000000LL) count++;
    return 0;
}
