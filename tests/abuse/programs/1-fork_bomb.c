/* Forks until it is refused, its children too, 10 000 times each at the most; none of them lives 10 s. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    int refused = 0;
    for (int i = 0; i < 10000 && !refused; i++) {
        pid_t child = fork();
        if (child < 0) refused = errno;
        if (child) continue;
        for (int j = 0; j < 10000 && fork() >= 0; j++) continue;
        sleep(10);
        _exit(0);
    }
    puts(refused == EAGAIN ? "contained" : strerror(refused));
}
