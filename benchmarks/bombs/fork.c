/* Fork tree: every process forks as long as it may, all of them busy. Ten seconds at most. */
#include <unistd.h>

int main(void) {
    alarm(10);
    for (long i = 0; i < 100000000; i++) {
        if (fork() == 0) alarm(10);
    }
    return 0;
}
