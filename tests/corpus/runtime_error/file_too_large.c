/* Writes more into one file than is allowed and ends by SIGXFSZ. At most 64 MiB. */
#include <stdio.h>

static char block[1 << 20];

int main(void) {
    puts("before");
    fflush(stdout);
    FILE *file = fopen("large", "wb");
    for (int i = 0; file && i < 64; i++) fwrite(block, 1, sizeof block, file);
    return 0;
}
