/* Forks until it is refused, in every child too; no more than 10 000 times in each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int refused = 0;
    for (int i = 0; i < 10000; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (int j = 0; j < 10000 && fork() >= 0; j++) continue;
            sleep(10);
            _exit(0);
        }
        if (child < 0) {
            refused = errno;
            break;
        }
    }
    puts(refused == EAGAIN ? "contained" : strerror(refused));
    return 0;
}
