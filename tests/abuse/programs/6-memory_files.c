/* Takes 1 GiB of memory that belongs to no process's heap, in the way its argument names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEP = 8 << 20, STEPS = 128 };

static int of_file(int file) {
    static char block[1 << 16];
    memset(block, 1, sizeof block);
    if (file < 0) return 65;
    for (int done = 0; done < STEP; done += (int)sizeof block)
        if (write(file, block, sizeof block) < 0) return 66;
    return 0; /* left open */
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    for (int i = 0; i < STEPS; i++) {
        char name[32];
        int failed = 64;
        snprintf(name, sizeof name, "/syncode-abuse-%d", i);
        if (strcmp(argv[1], "memfd") == 0) failed = of_file(memfd_create(name, 0));
        if (strcmp(argv[1], "posix") == 0) failed = of_file(shm_open(name, O_CREAT | O_RDWR, 0600));
        if (failed) {
            perror(argv[1]);
            return failed;
        }
    }
    puts("1 GiB");
}
