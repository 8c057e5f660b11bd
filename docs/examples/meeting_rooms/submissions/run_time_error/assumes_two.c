/* Is certain that nobody plans a single meeting only, and says so in an assertion. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static int begins[2000], ends[2000];

static int ascending(const void *a, const void *b) {
    int left = *(const int *)a, right = *(const int *)b;
    return (left > right) - (left < right);
}

int main(void) {
    int count;
    assert(scanf("%d", &count) == 1 && count >= 2);
    for (int i = 0; i < count; i++) assert(scanf("%d %d", &begins[i], &ends[i]) == 2);
    qsort(begins, count, sizeof begins[0], ascending);
    qsort(ends, count, sizeof ends[0], ascending);
    int ended = 0, most = 0;
    for (int begun = 0; begun < count; begun++) {
        while (ends[ended] <= begins[begun]) ended++;
        if (begun + 1 - ended > most) most = begun + 1 - ended;
    }
    printf("%d\n", most);
    return 0;
}
