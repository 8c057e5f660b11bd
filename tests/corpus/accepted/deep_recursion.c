/* Recurses 200 000 levels deep: about 25 MiB, more than a shell's usual 8 MiB of stack. */
#include <stdio.h>

static int depth(int levels) {
    volatile char frame[96];
    frame[0] = 1;
    return levels == 0 ? 0 : depth(levels - 1) + frame[0];
}

int main(void) {
    printf("%d\n", depth(200000));
    return 0;
}
