/* Fills memory that belongs to no process: pages shared with nobody, up to 2 GiB. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void) {
    puts("before");
    fflush(stdout);
    for (int i = 0; i < 256; i++) {
        void *block = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return 1;
        memset(block, 'x', 8 << 20);
    }
    puts("after");
    return 0;
}
