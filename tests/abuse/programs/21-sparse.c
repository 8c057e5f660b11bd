/* A file of 1 TiB that takes no room, made in the way its argument names. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const off_t size = (off_t)1 << 40;
    if (argc < 2) return 64;
    int file = open("sparse", O_CREAT | O_RDWR, 0600), done = -1;
    if (strcmp(argv[1], "killed") != 0) signal(SIGXFSZ, SIG_IGN);
    if (strcmp(argv[1], "written") == 0) done = (int)pwrite(file, "x", 1, size - 1);
    else if (strcmp(argv[1], "allocated") == 0) done = fallocate(file, 0, 0, size);
    else done = ftruncate(file, size);
    if (done < 0 && (errno == EFBIG || errno == ENOSPC)) puts("contained");
    else perror("made");
}
