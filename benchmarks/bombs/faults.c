/* Page faults: maps, touches and unmaps just below the limit, over and over, from four processes. Ten seconds at most. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
    const size_t size = 32 << 20;
    if (fork() == 0) (void)!fork();
    if (fork() < 0) return 1;
    alarm(10);
    for (;;) {
        char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return 1;
        for (size_t at = 0; at < size; at += 4096) block[at] = 1;
        munmap(block, size);
    }
}
