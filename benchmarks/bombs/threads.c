/* Thread bomb: as many threads as may be, each giving the processor away and taking it back. Ten seconds at most. */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static void *busy(void *nothing) {
    for (;;) sched_yield();
    return nothing;
}

int main(void) {
    pthread_t thread;
    alarm(10);
    for (int i = 0; i < 1000; i++) (void)pthread_create(&thread, NULL, busy, NULL);
    for (;;) pause();
}
