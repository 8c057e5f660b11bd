/* Recurses (nearly) for ever and runs off its stack, which is smaller here than the memory allowed. */
#include <stdio.h>

static int deeper(int level) {
    volatile char frame[1024];
    frame[0] = 1;
    return level == 0 ? 0 : deeper(level - 1) + frame[0];
}

int main(void) {
    puts("before");
    fflush(stdout);
    printf("%d\n", deeper(1000000));
    return 0;
}
