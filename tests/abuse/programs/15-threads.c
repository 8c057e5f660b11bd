/* Many threads count at once for 20 s at the most. */
#include <pthread.h>
#include <unistd.h>

static void *count(void *nothing) {
    for (volatile unsigned long i = 0;; i++) continue;
    return nothing;
}

int main(void) {
    alarm(20);
    for (int i = 0; i < 32; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, count, NULL)) return 65;
    }
    pause();
}
