/* A fixed amount of work, most of it in user mode and some in the kernel. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **arguments) {
    uint64_t state = 1;
    for (long left = count > 1 ? atol(arguments[1]) : 0; left > 0; left--) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        if (left % 1000 == 0) (void)getppid();
    }
    return state == 0;
}
