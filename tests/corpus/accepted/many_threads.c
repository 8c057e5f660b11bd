/* Forty threads alive at once add up the numbers 1 to 40. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

static atomic_int total;
static pthread_barrier_t everybody;

static void *add(void *number) {
    pthread_barrier_wait(&everybody);
    atomic_fetch_add(&total, (int)(intptr_t)number);
    return NULL;
}

int main(void) {
    pthread_t threads[40];
    pthread_barrier_init(&everybody, NULL, 40);
    for (intptr_t i = 0; i < 40; i++) {
        if (pthread_create(&threads[i], NULL, add, (void *)(i + 1)) != 0) return 1;
    }
    for (int i = 0; i < 40; i++) pthread_join(threads[i], NULL);
    printf("%d\n", atomic_load(&total));
    return 0;
}
