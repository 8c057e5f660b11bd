/* Memory files, which belong to no process, filled until the limit, at most 4 GiB. Ten seconds at most. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char block[1 << 20];

int main(void) {
    alarm(10);
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 256; i++) {
        int file = memfd_create("x", 0);
        if (file < 0) return 1;
        for (int mib = 0; mib < 16; mib++)
            if (write(file, block, sizeof block) < 0) return 1;
    }
    return 0;
}
