/* Makes room for all that it writes, so that it is gone before anybody has read it: every byte counts all the same. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    static char block[1 << 20];
    memset(block, 'x', sizeof block);
    if (fcntl(1, F_SETPIPE_SZ, sizeof block) < (int)sizeof block) return 65;
    if (write(1, block, sizeof block) != (ssize_t)sizeof block) return 66;
    _exit(0);
}
