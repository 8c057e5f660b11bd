/* Every child has children: a fork bomb of depth 9, 511 processes if nothing stopped it. Refused once, it fails. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int grow(int depth) {
    int refused = 0;
    for (int i = 0; i < 2 && depth > 0; i++) {
        pid_t child = fork();
        if (child < 0) refused = 1;
        if (child == 0) _exit(grow(depth - 1));
    }
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    for (int status; wait(&status) > 0;) refused |= status != 0;
    return refused;
}

int main(void) {
    puts("before");
    fflush(stdout);
    return grow(8);
}
