/* The main process ends at once; a child in a session of its own keeps standard output open and must not delay it. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        setsid();
        sleep(20);
        puts("too late");
        return 0;
    }
    puts("100");
    return 0;
}
