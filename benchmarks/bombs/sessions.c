/* Busy processes, each in a session of its own: some schedulers share the processor between sessions. Ten seconds. */
#include <unistd.h>

int main(void) {
    for (int i = 0; i < 100; i++) {
        if (fork() == 0) {
            setsid();
            break;
        }
    }
    alarm(10);
    for (volatile long count = 0;; count++) continue;
}
