/* Makes empty files until no inode is left, removes them and begins again. Ten seconds at most. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    char name[32];
    alarm(10);
    for (;;) {
        int count = 0;
        for (; count < 1000000; count++) {
            snprintf(name, sizeof name, "/tmp/%d", count);
            int file = open(name, O_CREAT | O_WRONLY, 0600);
            if (file < 0) break;
            close(file);
        }
        while (count-- > 0) {
            snprintf(name, sizeof name, "/tmp/%d", count);
            unlink(name);
        }
    }
}
