/* Keeps every processor busy, many times over. Ten seconds at most. */
#include <unistd.h>

int main(void) {
    for (int i = 0; i < 100; i++)
        if (fork() == 0) break;
    alarm(10);
    for (volatile long count = 0;; count++) continue;
}
