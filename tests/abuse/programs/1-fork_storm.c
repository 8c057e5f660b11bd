/* Every process forks whenever it can, for 8 s at the most. */
#include <time.h>
#include <unistd.h>

int main(void) {
    struct timespec begun, now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    do {
        if (fork() == 0) clock_gettime(CLOCK_MONOTONIC, &now);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < begun.tv_sec + 8);
}
