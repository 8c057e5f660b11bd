/* Floods both streams with large blocks. Ten seconds at most. */
#include <string.h>
#include <unistd.h>

static char block[1 << 16];

int main(void) {
    alarm(10);
    memset(block, 'x', sizeof block);
    for (int stream = 1;; stream = 3 - stream)
        if (write(stream, block, sizeof block) < 0) return 1;
}
