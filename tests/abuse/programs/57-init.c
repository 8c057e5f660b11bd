/* Kills, stops and signals init and everybody else. */
#include "probe.h"
#include <signal.h>

int main(void) {
    int handle = (int)syscall(SYS_pidfd_open, 1, 0);
    for (int number = 1; number < 65; number++) {
        refused("kill", kill(1, number), EPERM);
        refused("tgkill", syscall(SYS_tgkill, 1, 1, number), EPERM);
        siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
        failed("a queued signal", syscall(SYS_rt_sigqueueinfo, 1, number, &info));
        failed("a signal by descriptor", syscall(SYS_pidfd_send_signal, handle, number, NULL, 0));
        refused("kill of all", kill(-1, number), ESRCH); /* there is nobody but init */
        failed("init's group", kill(-getpgid(1) ?: -1, number));
    }
    kill(getppid(), SIGSTOP);
    kill(getppid(), SIGKILL);
    failed("init's limits", syscall(SYS_prlimit64, 1, 7, (uint64_t[2]){1, 1}, NULL));
    failed("init's affinity", syscall(SYS_sched_setaffinity, 1, 8, (uint64_t[1]){1}));
    failed("init's priority", syscall(SYS_setpriority, 0, 1, 19));
    return conclude();
}
