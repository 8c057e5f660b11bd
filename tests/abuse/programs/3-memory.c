/* Takes 1 GiB of memory and touches it, in the way its argument names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEP = 1 << 20, STEPS = 1024 };

static int deeper(int left) {
    volatile char room[1 << 16];
    memset((char *)room, left, sizeof room);
    return left ? deeper(left - 1) + room[left & 1023] : 0;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    if (strcmp(argv[1], "stack") == 0) printf("%d\n", deeper(STEPS * 16));
    if (strcmp(argv[1], "heap") == 0)
        for (int i = 0; i < STEPS; i++) {
            char *got = malloc(STEP);
            if (!got) return 65;
            memset(got, i | 1, STEP);
        }
    if (strcmp(argv[1], "shared") == 0)
        for (int i = 0; i < STEPS; i++) {
            char *got = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
            if (got == MAP_FAILED) return 65;
            memset(got, i | 1, STEP);
        }
    if (strcmp(argv[1], "children") == 0) /* each stays below the limit by itself */
        for (int child = 0; child < 16; child++)
            if (fork() == 0) {
                char *got = malloc((size_t)64 * STEP);
                if (got) memset(got, 1, (size_t)64 * STEP);
                sleep(10);
                _exit(0);
            }
    sleep(4);
    puts("1 GiB");
}
