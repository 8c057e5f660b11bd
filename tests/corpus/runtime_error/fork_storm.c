/* Starts children until the system refuses one, and fails because of it. At most 500. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("before");
    fflush(stdout);
    for (int i = 0; i < 500; i++) {
        pid_t child = fork();
        if (child < 0) return 3;
        if (child == 0) {
            sleep(20);
            _exit(0);
        }
    }
    return 0;
}
