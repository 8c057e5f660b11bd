/* Fork storm: children that end at once, as fast as they can be made. Ten seconds at most. */
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    alarm(10);
    for (;;) {
        if (fork() == 0) _exit(0);
        while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    }
}
