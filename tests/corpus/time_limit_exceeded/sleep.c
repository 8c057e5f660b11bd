/* Sleeps: no processor time at all, only the clock can end it. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("before");
    fflush(stdout);
    sleep(20);
    puts("after");
    return 0;
}
