/* Asks whether somebody else holds the locks of 38-planter.c; the first answer crosses from one run to another. */
#include "probe.h"
#include <sys/file.h>

int main(void) {
    int file = open("/usr/bin/env", O_RDONLY);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int locked = flock(file, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    int of_open_file = fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    fprintf(stderr, "flock %s\nlock of an open file %s\n", locked ? "held" : "free", of_open_file ? "held" : "free");
    return conclude();
}
