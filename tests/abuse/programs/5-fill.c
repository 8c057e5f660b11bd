/* Fills the directories that its arguments name, from the root: files of 8 MiB, 64 at the most. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    static char block[1 << 20];
    long total = 0;
    int refused = 0;
    memset(block, 1, sizeof block);
    for (int place = 1; place < argc; place++) {
        total = 0, refused = 0;
        if (chdir("/") < 0 || chdir(argv[place]) < 0) return 64;
        for (int file = 0; file < 64 && !refused; file++) {
            char name[16];
            snprintf(name, sizeof name, "%d", file);
            int descriptor = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);
            if (descriptor < 0) refused = errno;
            for (int i = 0; i < 8 && !refused; i++) {
                ssize_t written = write(descriptor, block, sizeof block);
                if (written < 0) refused = errno;
                else total += written;
            }
            close(descriptor);
        }
        if (refused != ENOSPC) break;
    }
    if (refused == ENOSPC && total <= 64L << 20) puts("contained");
    else printf("%ld bytes, %s\n", total, strerror(refused));
}
