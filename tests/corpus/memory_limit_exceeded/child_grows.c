/* A child fills memory and is killed for it; the parent ends well and even answers. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *volatile kept;

int main(void) {
    puts("before");
    fflush(stdout);
    if (fork() == 0) {
        for (int i = 0; i < 256; i++) {
            kept = malloc(8 << 20);
            if (kept) memset(kept, 'x', 8 << 20);
        }
        _exit(0);
    }
    wait(NULL);
    puts("100");
    return 0;
}
