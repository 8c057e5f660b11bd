/* Makes itself and its children hard to end, then waits a little and answers. */
#include "probe.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

int main(void) {
    _Atomic int *ready = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++) {
        prctl(PR_SET_PDEATHSIG, 0);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
        if (fork() == 0) setsid();
    }
    prctl(PR_SET_NAME, "survivor");
    ++*ready;
    if (getpid() != 2) {
        sleep(30);
        _exit(0);
    }
    while (*ready < 16) usleep(10000);
    sleep(3); /* a test looks at them meanwhile */
    return conclude();
}
