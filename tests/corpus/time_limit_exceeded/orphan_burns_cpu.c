/* A grandchild in a session of its own does the work, its parent is gone; the time counts all the same. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile long long count;

int main(void) {
    puts("before");
    fflush(stdout);
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            while (count < 30000000000LL) count++;
        }
        _exit(0);
    }
    wait(NULL);
    sleep(20);
    puts("after");
    return 0;
}
