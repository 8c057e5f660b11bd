/* C's nearest thing to an exception: an assertion that does not hold aborts. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>

int main(void) {
    puts("before");
    fflush(stdout);
    assert(getchar() == EOF);
    return 0;
}
