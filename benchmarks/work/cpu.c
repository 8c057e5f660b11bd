/* A fixed amount of work: so many turns of arithmetic, then so many system calls. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
    uint64_t state = 1;
    for (long left = count > 1 ? atol(arguments[1]) : 0; left > 0; left--)
        state = state * 6364136223846793005u + 1442695040888963407u;
    for (long left = count > 2 ? atol(arguments[2]) : 0; left > 0; left--) (void)syscall(SYS_getppid);
    return state == 0;
}
