/* Makes pipes and socket pairs, fills their buffers and closes them, over and over. Ten seconds at most. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char block[1 << 16];

int main(void) {
    alarm(10);
    (void)!fork();
    alarm(10);
    memset(block, 'x', sizeof block);
    for (;;) {
        int ends[64][2], count = 0;
        for (; count < 64; count++) {
            int made = count % 2 ? pipe2(ends[count], O_NONBLOCK)
                                 : socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends[count]);
            if (made < 0) break;
            while (write(ends[count][1], block, sizeof block) > 0) continue;
        }
        while (count-- > 0) {
            close(ends[count][0]);
            close(ends[count][1]);
        }
    }
}
