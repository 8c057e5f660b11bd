/* The program's side of the fork: limits, no privileges, the filter, and then it becomes the program. Included by
 * init.c. */
#ifndef SYNCODE_PROGRAM_H
#define SYNCODE_PROGRAM_H
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol.h"

#define GO_DESCRIPTOR 3 /* where a preloaded process waits for its arguments */

static void limit(int resource, uint64_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    if (setrlimit(resource, &both) < 0 && !(guest && errno == EPERM)) fail(PLACE_LIMITS); /* of quotas it has not */
}

/* 0 keeps the kernel from writing a core file, but not from starting the handler of a "|program" core_pattern, on the
 * host and as root; exactly 1 does both (fs/coredump.c). An engine that may not have 1 has 0. */
static void no_core_dump(void) {
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) < 0) fail(PLACE_LIMITS);
    limit(RLIMIT_CORE, core.rlim_max ? 1 : 0);
}

static void drop_everything(const struct request_head *head) {
    for (int capability = 0; capability <= 63; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL) fail(PLACE_PRIVILEGES);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && !(guest && errno == EINVAL))
        fail(PLACE_PRIVILEGES);
    /* An engine without root may map one id, its own, and the kernel lets it only with setgroups(2) denied for good.
     * Exactly then init is the program's user already, and what supplementary groups the engine has, they keep. */
    if (setgroups(0, NULL) < 0 && !(errno == EPERM && getuid() == head->uid)) fail(PLACE_PRIVILEGES);
    if (setresgid(head->gid, head->gid, head->gid) < 0) fail(PLACE_PRIVILEGES);
    if (setresuid(head->uid, head->uid, head->uid) < 0) fail(PLACE_PRIVILEGES);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) < 0) fail(PLACE_PRIVILEGES);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail(PLACE_PRIVILEGES);
}

/* Nothing but 0, 1 and 2 is left to the program, and GO_DESCRIPTOR to one that waits; `failed` survives until exec. */
static void keep_descriptors(int *failed, int go) {
    if (*failed == GO_DESCRIPTOR && (*failed = fcntl(*failed, F_DUPFD_CLOEXEC, GO_DESCRIPTOR + 1)) < 0)
        fail(PLACE_PRIVILEGES);
    control = *failed; /* from here on a failure is told to init, which passes it on */
    if (syscall(SYS_close_range, 3UL, (unsigned long)INT_MAX, 4UL /* CLOSE_RANGE_CLOEXEC */) < 0) fail(PLACE_PRIVILEGES);
    if (go == GO_DESCRIPTOR ? fcntl(go, F_SETFD, 0) < 0 : go >= 0 && dup2(go, GO_DESCRIPTOR) < 0)
        fail(PLACE_PRIVILEGES);
}

/* Where the container's process 1 is under the same memory limit, the program is the one to go: with process 1 goes the
 * container, and with it the counters. A program can take it back, at its own expense, so nothing depends on it. */
static void stand_first(void) {
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0) return;
    (void)!write(score, "1000", 4);
    close(score);
}

/* `go`: where to wait for arguments, or -1. */
static _Noreturn void become(char **argv, char **environment, const struct request_head *head,
                             const struct sock_filter *filter, int failed, int go) {
    static const char *const search[] = {"", "/usr/local/bin/", "/usr/bin/", "/bin/"};
    char program[PATH_MAX];
    sigset_t none;

    control = failed;
    if (setsid() < 0) fail(PLACE_PRIVILEGES);
    no_core_dump();
    limit(RLIMIT_STACK, head->stack_bytes);
    limit(RLIMIT_FSIZE, head->file_size_bytes);
    limit(RLIMIT_NOFILE, head->open_files);
    limit(RLIMIT_SIGPENDING, 64); /* queued signals are charged to host-wide per-user quotas */
    limit(RLIMIT_MSGQUEUE, 0);
    limit(RLIMIT_MEMLOCK, 64 << 10);
    limit(RLIMIT_RTPRIO, 0);
    if (head->processes) limit(RLIMIT_NPROC, head->processes);
    if (head->cpu_seconds) limit(RLIMIT_CPU, head->cpu_seconds);
    limit(RLIMIT_NICE, 0);
    umask(022);
    for (int signal_number = 1; signal_number < NSIG; signal_number++) (void)signal(signal_number, SIG_DFL);
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0) fail(PLACE_PRIVILEGES);
    if (!contained && chdir("/box") < 0) fail(PLACE_FILES);
    if (contained) stand_first();
    keep_descriptors(&failed, go);
    drop_everything(head);
    if (contained && chdir("/box") < 0) fail(PLACE_FILES); /* which nobody but the program's user may enter there */
    struct sock_fprog compiled = {.len = (unsigned short)head->filter_length, .filter = (struct sock_filter *)filter};
    if (head->filter_length && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &compiled) < 0) fail(PLACE_SECCOMP);
    for (size_t i = 0; i < sizeof search / sizeof *search; i++) {
        int absolute = strchr(argv[0], '/') != NULL;
        if ((i == 0) != absolute) continue;
        if (strlen(search[i]) + strlen(argv[0]) >= sizeof program) continue;
        stpcpy(stpcpy(program, search[i]), argv[0]);
        execve(program, argv, environment);
        if (absolute || (errno != ENOENT && errno != ENOTDIR)) break;
    }
    if (strncmp(argv[0], ARTEFACT, sizeof ARTEFACT - 1) == 0) { /* what was submitted cannot be run: its own fault */
        const char *why = strerror(errno);
        (void)!write(2, why, strlen(why));
        (void)!write(2, "\n", 1);
        _exit(126); /* as shells say it */
    }
    fail(PLACE_EXEC);
}

#endif
