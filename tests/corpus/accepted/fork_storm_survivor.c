/* Starts children until the system refuses one, gives up politely and answers. At most 500. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t children[500];
    int count = 0;
    while (count < 500) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            sleep(20);
            _exit(0);
        }
        children[count++] = child;
    }
    for (int i = 0; i < count; i++) kill(children[i], SIGKILL);
    while (wait(NULL) > 0) continue;
    puts(count < 500 ? "refused" : "unlimited");
    return 0;
}
