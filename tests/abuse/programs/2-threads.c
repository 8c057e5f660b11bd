/* Starts threads until it is refused, 10 000 at the most, which wait for nothing. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *wait_long(void *nothing) {
    sleep(10);
    return nothing;
}

int main(void) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
    int refused = 0;
    for (int i = 0; i < 10000 && !refused; i++) {
        pthread_t thread;
        refused = pthread_create(&thread, &small, wait_long, NULL);
    }
    puts(refused == EAGAIN ? "contained" : strerror(refused));
}
