/* Writes into its own directory until there is no room left, sees the ordinary error, and answers all the same. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static char block[4 << 20];

int main(void) {
    const char *answer = "the directory never filled up";
    memset(block, 'x', sizeof block);
    for (int number = 0; number < 64; number++) {
        char name[32];
        snprintf(name, sizeof name, "part%d", number);
        FILE *file = fopen(name, "wb");
        int full = !file || fwrite(block, 1, sizeof block, file) != sizeof block || fflush(file) != 0;
        if (full && errno == ENOSPC) answer = "ENOSPC";
        if (file) fclose(file);
        if (full) break;
    }
    puts(answer);
    return 0;
}
