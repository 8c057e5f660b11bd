/* A child takes 1 GiB; its parent does not care, waits for its death and ends well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        for (int i = 0; i < 1024; i++) {
            char *got = malloc(1 << 20);
            if (got) memset(got, 1, 1 << 20);
        }
        _exit(0);
    }
    wait(NULL);
    puts("contained");
    return 0;
}
