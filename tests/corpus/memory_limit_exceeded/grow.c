/* Fills memory, 8 MiB at a time, up to 2 GiB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *kept[256];

int main(void) {
    puts("before");
    fflush(stdout);
    for (int i = 0; i < 256; i++) {
        kept[i] = malloc(8 << 20);
        if (!kept[i]) return 1;
        memset(kept[i], 'x', 8 << 20);
    }
    printf("%c\n", kept[getchar() & 255][0]);
    return 0;
}
