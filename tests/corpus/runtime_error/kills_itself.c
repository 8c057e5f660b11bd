/* SIGKILL, but from itself: neither memory nor time was the reason. */
#include <signal.h>
#include <stdio.h>

int main(void) {
    puts("before");
    fflush(stdout);
    raise(SIGKILL);
    return 0;
}
