/* Writes 1 GiB at the most, in the way its argument names. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[1 << 16];

static void flood(int descriptor, size_t size) {
    for (long done = 0; done < 1L << 30; done += (long)size)
        if (write(descriptor, block, size) < 0) return;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    memset(block, 'x', sizeof block);
    if (strcmp(argv[1], "line") == 0) flood(1, sizeof block);
    for (size_t i = 0; i < sizeof block; i += 64) block[i] = '\n';
    if (strcmp(argv[1], "stdout") == 0) flood(1, sizeof block);
    if (strcmp(argv[1], "stderr") == 0) flood(2, sizeof block);
    if (strcmp(argv[1], "bytes") == 0) flood(1, 1);
    if (strcmp(argv[1], "reopened") == 0) flood(open("/proc/self/fd/1", O_WRONLY), sizeof block);
    if (strcmp(argv[1], "children") == 0) {
        for (int i = 0; i < 50; i++)
            if (fork() == 0) flood(1 + i % 2, 512);
        sleep(5);
    }
    if (strcmp(argv[1], "both") == 0)
        for (long i = 0; i < 1L << 14; i++)
            if (write(1 + i % 2, block, sizeof block) < 0) return 0;
}
