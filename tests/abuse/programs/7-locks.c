/* Locks one byte after the other, 2000 in all, and asks from elsewhere whether the kernel remembers any. */
#include "probe.h"

static void take(const char *kind, int command, int file) {
    for (long at = 0; at < 1000; at++) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2 * at, .l_len = 1};
        if (fcntl(file, command, &lock) < 0) hole("%s: %s", kind, strerrorname_np(errno));
    }
}

int main(void) {
    int file = open("locked", O_RDWR | O_CREAT, 0600);
    take("a process's", F_SETLK, file);
    take("an open file's", F_OFD_SETLK, open("locked", O_RDWR));
    fflush(stdout);
    if (fork() == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        _exit(fcntl(file, F_GETLK, &lock) < 0 || lock.l_type != F_UNLCK);
    }
    int status;
    wait(&status);
    if (status != 0) hole("locks are held");
    return conclude();
}
