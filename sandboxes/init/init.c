/* init: process 1 of every run.
 *
 * Started by nsjail as the only process of fresh namespaces, with all capabilities of its own user namespace and two
 * descriptors: a SEQPACKET socket to the engine, and a sealed memory file that holds the request. It
 *
 *   1. writes the request's files and links into /box,
 *   2. says HELLO, handing the engine a descriptor of /box, and waits to be released (the engine moves it into the
 *      run's cgroup meanwhile),
 *   3. runs the request's steps one after the other as another user (the same, where the engine has no root and so
 *      no other), without capabilities, under rlimits and a seccomp filter, killing whatever a step leaves behind,
 *   4. says STATUS: how the last step ended, by wait(2) and not by anything that the program could write,
 *   5. exits, and the kernel kills whatever is left of the pid namespace.
 *
 * When the engine goes away the socket hangs up and the run ends at once. Nothing here allocates memory, reads what a
 * program wrote, or trusts anything but the request. All numbers are little-endian as in the memory of the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

static int control = -1;

/* Every failure before the program runs: one FAILURE record with the place and errno, then no run at all. */
static _Noreturn void fail(uint32_t place) {
    struct failure_record record = {.kind = RECORD_FAILURE, .place = place, .error = (uint32_t)errno};
    if (control >= 0) (void)send(control, &record, sizeof record, MSG_NOSIGNAL);
    _exit(1);
}

#include "request.h"

/* ---- the program's side of the fork ------------------------------------------------------------------------- */

static void limit(int resource, uint64_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    if (setrlimit(resource, &both) < 0) fail(PLACE_LIMITS);
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
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) fail(PLACE_PRIVILEGES);
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

static _Noreturn void become(char **argv, char **environment, const struct request_head *head,
                             const struct sock_filter *filter, int failed) {
    static const char *const search[] = {"", "/usr/local/bin/", "/usr/bin/", "/bin/"};
    char program[PATH_MAX];
    sigset_t none;

    control = failed; /* from here on a failure is told to init, which passes it on */
    if (setsid() < 0) fail(PLACE_PRIVILEGES);
    no_core_dump();
    limit(RLIMIT_STACK, head->stack_bytes);
    limit(RLIMIT_FSIZE, head->file_size_bytes);
    limit(RLIMIT_NOFILE, head->open_files);
    limit(RLIMIT_SIGPENDING, 64); /* queued signals are charged to host-wide per-user quotas */
    limit(RLIMIT_MSGQUEUE, 0);
    limit(RLIMIT_MEMLOCK, 64 << 10);
    limit(RLIMIT_RTPRIO, 0);
    limit(RLIMIT_NICE, 0);
    umask(022);
    for (int signal_number = 1; signal_number < NSIG; signal_number++) (void)signal(signal_number, SIG_DFL);
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0) fail(PLACE_PRIVILEGES);
    if (chdir("/box") < 0) fail(PLACE_FILES);
    if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) < 0) fail(PLACE_PRIVILEGES);
    drop_everything(head);
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

/* ---- init's side -------------------------------------------------------------------------------------------- */

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint64_t microseconds(struct timeval time) { return (uint64_t)time.tv_sec * 1000000U + (uint64_t)time.tv_usec; }

/* Ends everything but init. SIGKILL to -1 reaches every process of the namespace, then each is reaped. */
static void kill_all(void) {
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR) continue;
}

/* Waits until the step has ended; leaves at once when the engine hangs up. Orphans are reaped on the way. */
static int wait_for(pid_t step, int children, struct rusage *usage) {
    for (;;) {
        struct pollfd watched[2] = {{.fd = children, .events = POLLIN}, {.fd = control, .events = 0}};
        if (poll(watched, 2, -1) < 0 && errno != EINTR) fail(PLACE_WAIT);
        if (watched[1].revents & (POLLHUP | POLLERR)) _exit(1);
        struct signalfd_siginfo drained;
        while (read(children, &drained, sizeof drained) > 0) continue;
        for (;;) {
            int status;
            pid_t ended = wait4(-1, &status, WNOHANG | __WALL, usage);
            if (ended <= 0) break;
            /* a stopped process is not an ended one: without WUNTRACED only traced ones could show up here */
            if (ended == step && (WIFEXITED(status) || WIFSIGNALED(status))) return status;
        }
    }
}

static int run_step(char **argv, char **environment, const struct request_head *head, const struct sock_filter *filter,
                    int children, struct status_record *record) {
    int failed[2];
    struct rusage usage = {0};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, failed) < 0) fail(PLACE_FORK);
    (void)lseek(0, 0, SEEK_SET); /* a pipe cannot and need not be wound back */
    uint64_t started = now_ns();
    if (record->step == 0) record->started_ns = started;
    pid_t step = fork();
    if (step < 0) fail(PLACE_FORK);
    if (step == 0) become(argv, environment, head, filter, failed[1]);
    close(failed[1]);
    int status = wait_for(step, children, &usage);
    record->ended_ns = now_ns();
    record->user_us += microseconds(usage.ru_utime);
    record->system_us += microseconds(usage.ru_stime);
    kill_all();
    struct failure_record failure;
    ssize_t size = recv(failed[0], &failure, sizeof failure, MSG_DONTWAIT);
    close(failed[0]);
    if (size == (ssize_t)sizeof failure) { /* the program never began: our failure, or no such program */
        (void)send(control, &failure, sizeof failure, MSG_NOSIGNAL);
        _exit(1);
    }
    record->exit_code = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status) : 128U + (uint32_t)WTERMSIG(status);
    record->signal = WIFSIGNALED(status) ? (uint32_t)WTERMSIG(status) : 0U;
    return record->exit_code == 0;
}

static void say_hello(int box) {
    struct hello_record record = {.kind = RECORD_HELLO, .version = PROTOCOL_VERSION};
    struct iovec part = {.iov_base = &record, .iov_len = sizeof record};
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } ancillary = {0};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.space, .msg_controllen = sizeof ancillary.space};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &box, sizeof box);
    if (sendmsg(control, &message, MSG_NOSIGNAL) != (ssize_t)sizeof record) fail(PLACE_HELLO);
}

static int descriptor(const char *text) {
    char *end;
    long number = strtol(text, &end, 10);
    return *text && !*end && number > 2 && number < INT_MAX ? (int)number : -1;
}

int main(int argc, char **argv) {
    static char *environment[MOST_STRINGS + 1], *step[MOST_STRINGS + 1];
    if (argc != 3) return 64;
    control = descriptor(argv[1]);
    int file = descriptor(argv[2]);
    if (getpid() != 1 || control < 0 || file < 0) return 64;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "init", 0, 0, 0);

    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &child, NULL) < 0) fail(PLACE_START);
    int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (children < 0) fail(PLACE_START);
    umask(0);

    struct stat about;
    if (fstat(file, &about) < 0) fail(PLACE_REQUEST);
    const unsigned char *mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) fail(PLACE_REQUEST);
    close(file);
    struct reader reader = {.at = mapped, .end = mapped + about.st_size};
    const struct sock_filter *filter;
    const struct request_head *head = take_head(&reader, &filter);
    int box = open("/box", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (box < 0) fail(PLACE_FILES);
    write_files(box, &reader, head);
    make_links(box, &reader, head);
    take_strings(&reader, environment, MOST_STRINGS);

    say_hello(box);
    close(box);
    char released;
    if (recv(control, &released, sizeof released, 0) != (ssize_t)sizeof released) _exit(1);

    struct status_record record = {.kind = RECORD_STATUS};
    for (record.step = 0; record.step < head->steps; record.step++) {
        take_step(&reader, step);
        if (!run_step(step, environment, head, filter, children, &record)) break;
    }
    if (record.step == head->steps) record.step--;
    if (send(control, &record, sizeof record, MSG_NOSIGNAL) != (ssize_t)sizeof record) return 1;
    return 0;
}
