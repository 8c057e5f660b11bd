/* Asks for processors and priorities that it was not given, then counts on each processor for 20 s at the most. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void) {
    cpu_set_t all;
    struct sched_param first = {.sched_priority = 1};
    CPU_ZERO(&all);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) CPU_SET(cpu, &all);
    sched_setaffinity(0, sizeof all, &all);
    if (sched_setscheduler(0, SCHED_FIFO, &first) == 0) puts("real time");
    if (sched_setscheduler(0, SCHED_RR, &first) == 0) puts("round robin");
    if (setpriority(PRIO_PROCESS, 0, -1) == 0) puts("a higher priority");
    if (sched_getaffinity(0, sizeof all, &all) < 0) return 65;
    printf("counting on %d\n", CPU_COUNT(&all));
    fflush(stdout);
    alarm(20);
    for (int cpu = 0; cpu < 16; cpu++)
        if (fork() == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            alarm(20);
            for (;;) continue;
        }
    pause();
}
