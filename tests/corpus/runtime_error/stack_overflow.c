/* Recurses (nearly) for ever and runs off a thread's stack, which is smaller than the memory allowed. */
#include <pthread.h>
#include <stdio.h>

static int deeper(int level) {
    volatile char frame[1024];
    frame[0] = 1;
    return level == 0 ? 0 : deeper(level - 1) + frame[0];
}

static void *recurse(void *nothing) {
    printf("%d\n", deeper(1000000));
    return nothing;
}

int main(void) {
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 20);
    puts("before");
    fflush(stdout);
    if (pthread_create(&thread, &small, recurse, NULL) != 0) return 1;
    pthread_join(thread, NULL);
    return 0;
}
