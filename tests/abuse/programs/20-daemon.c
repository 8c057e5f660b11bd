/* Leaves a daemon behind that holds its output and writes later, for 20 s at the most. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
    puts("contained");
    fflush(stdout);
    if (fork() == 0) {
        setsid();
        if (fork()) _exit(0);
        prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
        signal(SIGHUP, SIG_IGN);
        for (int i = 0; i < 200; i++) {
            usleep(100000);
            if (write(1, "late\n", 5) < 0) break;
        }
        _exit(0);
    }
    usleep(50000); /* so that it is there by the end */
    return 0;
}
