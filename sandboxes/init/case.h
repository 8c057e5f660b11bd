/* A case: process 1 of namespaces of its own, for one request. Included by init.c. */
#ifndef SYNCODE_CASE_H
#define SYNCODE_CASE_H
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"
#include "program.h"
#include "protocol.h"
#include "request.h"
#include "scratch.h"

/* ---- its own world -------------------------------------------------------------------------------------------- */

/* Fresh scratch and a /proc of the new pid namespace, over the agent's. nosymfollow is not asked for: toolchains make
 * links in their scratch. */
static void mount_scratch(const struct case_order *order) {
    static const struct {
        const char *path;
        unsigned long flags;
    } places[] = {
        {"/box", MS_NOSUID | MS_NODEV},
        {"/tmp", MS_NOSUID | MS_NODEV},
        {"/dev/shm", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    };
    char options[160];
    snprintf(options, sizeof options, "size=%llu,nr_inodes=%u,mode=0700,uid=%u,gid=%u",
             (unsigned long long)order->scratch_bytes, order->scratch_inodes, order->uid, order->gid);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (mount("tmpfs", places[i].path, "tmpfs", places[i].flags, options) < 0) fail(PLACE_MOUNTS);
    if (mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "subset=pid,hidepid=invisible") < 0)
        fail(PLACE_MOUNTS);
}

/* A new network namespace has a loopback interface that is down. */
static void raise_loopback(void) {
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0 || ioctl(any, SIOCSIFFLAGS, &loopback) < 0) fail(PLACE_MOUNTS);
    close(any);
}

/* The host's name has been replaced by nsjail; what the host calls its network is left to us. */
static void forget_domain(void) {
    if (setdomainname("(none)", 6) < 0) fail(PLACE_MOUNTS); /* as a host says that has none */
}

/* Nothing of the case before may be left in the container; what it and we leave behind, we are the ones to wait for. */
static void take_over(const struct case_order *order) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 && !guest) fail(PLACE_START); /* then process 1 waits for them */
    kill(-1, SIGKILL); /* all but us and process 1 */
    empty_scratch(order->uid, order->gid);
}

/* Makes the control groups that the engine has moved us into the root of all that can be seen: their names tell the
 * slot, and how many cases were before this one. */
static void hide_groups(void) {
    if (unshare(CLONE_NEWCGROUP) < 0) fail(PLACE_MOUNTS);
}

/* Shows what the engine cloned from the host's tree, read-only already, at /app. */
static void mount_artefact(int tree) {
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/app", 4U /* MOVE_MOUNT_F_EMPTY_PATH */) < 0) fail(PLACE_MOUNTS);
    close(tree);
}

/* ---- one step ------------------------------------------------------------------------------------------------- */

/* A process on its way: `failed` tells what went wrong before it became the program. */
struct running {
    pid_t pid;
    int failed;
};

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

static struct running start(char **argv, char **environment, const struct request_head *head,
                            const struct sock_filter *filter, int go) {
    int failed[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, failed) < 0) fail(PLACE_FORK);
    pid_t pid = fork();
    if (pid < 0) fail(PLACE_FORK);
    if (pid == 0) become(argv, environment, head, filter, failed[1], go);
    close(failed[1]);
    return (struct running){.pid = pid, .failed = failed[0]};
}

/* Waits until the step has ended; leaves at once when the engine hangs up. Orphans are reaped on the way. */
static int wait_for(pid_t step, int children, struct rusage *usage) {
    for (;;) {
        /* first: a preloaded process may be gone already, its signal long since read */
        for (;;) {
            int status;
            pid_t ended = wait4(-1, &status, WNOHANG | __WALL, usage);
            if (ended <= 0) break;
            /* a stopped process is not an ended one: without WUNTRACED only traced ones could show up here */
            if (ended == step && (WIFEXITED(status) || WIFSIGNALED(status))) return status;
        }
        struct pollfd watched[2] = {{.fd = children, .events = POLLIN}, {.fd = control, .events = 0}};
        if (poll(watched, 2, -1) < 0 && errno != EINTR) fail(PLACE_WAIT);
        if (watched[1].revents & (POLLHUP | POLLERR)) _exit(1);
        struct signalfd_siginfo drained;
        while (read(children, &drained, sizeof drained) > 0) continue;
    }
}

/* Waits for a step, ends what it left, and records how it ended. */
static void finish(struct running step, int children, struct status_record *record) {
    struct rusage usage = {0};
    int status = wait_for(step.pid, children, &usage);
    record->ended_ns = now_ns();
    record->user_us += microseconds(usage.ru_utime);
    record->system_us += microseconds(usage.ru_stime);
    kill_all();
    struct failure_record failure;
    ssize_t size = recv(step.failed, &failure, sizeof failure, MSG_DONTWAIT);
    close(step.failed);
    if (size == (ssize_t)sizeof failure) { /* the program never began: our failure, or no such program */
        (void)send(control, &failure, sizeof failure, MSG_NOSIGNAL);
        _exit(1);
    }
    record->exit_code = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status) : 128U + (uint32_t)WTERMSIG(status);
    record->signal = WIFSIGNALED(status) ? (uint32_t)WTERMSIG(status) : 0U;
}

/* ---- a process that was started ahead -------------------------------------------------------------------------- */

/* `go`: our end of its descriptor 3; -1 when there is no such process. */
struct preloaded {
    struct running process;
    int go;
};

/* Starts it and waits until it is ready; leaves at once when the engine hangs up. */
static struct preloaded preload(char **argv, char **environment, const struct request_head *head,
                                const struct sock_filter *filter) {
    int go[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) < 0) fail(PLACE_PRELOAD);
    struct preloaded ahead = {.process = start(argv, environment, head, filter, go[0]), .go = go[1]};
    close(go[0]);
    struct pollfd watched[2] = {{.fd = ahead.go, .events = POLLIN}, {.fd = control, .events = 0}};
    while (poll(watched, 2, -1) < 0)
        if (errno != EINTR) fail(PLACE_WAIT);
    if (watched[1].revents & (POLLHUP | POLLERR)) _exit(1);
    char ready;
    errno = 0;
    if (read(ahead.go, &ready, 1) != 1) fail(PLACE_PRELOAD); /* it is gone */
    struct ready_record record = {.kind = RECORD_READY};
    if (send(control, &record, sizeof record, MSG_NOSIGNAL) != (ssize_t)sizeof record) fail(PLACE_PRELOAD);
    return ahead;
}

static void lower(pid_t pid, enum __rlimit_resource resource, uint64_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    if (prlimit(pid, resource, &both, NULL) < 0) fail(PLACE_PRELOAD);
}

/* Hands over the arguments, and the limits that may be lower than it was started with; from now on it is the program. */
static void let_go(const struct preloaded *ahead, char **argv, const struct request_head *head) {
    int status;
    if (ahead->go < 0 || waitpid(ahead->process.pid, &status, WNOHANG) != 0) fail(PLACE_PRELOAD);
    if (contained) act_as(head->uid, head->gid); /* without the right to limit what is another's */
    lower(ahead->process.pid, RLIMIT_STACK, head->stack_bytes);
    lower(ahead->process.pid, RLIMIT_FSIZE, head->file_size_bytes);
    lower(ahead->process.pid, RLIMIT_NOFILE, head->open_files);
    if (contained) act_as(0, 0);
    for (; *argv; argv++) {
        size_t size = strlen(*argv) + 1;
        if (send(ahead->go, *argv, size, MSG_NOSIGNAL) != (ssize_t)size) fail(PLACE_PRELOAD);
    }
    close(ahead->go);
}

/* ---- from the order to the status ------------------------------------------------------------------------------ */

/* A request as it lies in its memory file, which stays mapped: everything taken from it points into it. */
static struct reader map_request(int file) {
    struct stat about;
    if (file < 0 || fstat(file, &about) < 0) fail(PLACE_REQUEST);
    const unsigned char *mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) fail(PLACE_REQUEST);
    close(file);
    return (struct reader){.at = mapped, .end = mapped + about.st_size};
}

static char *environment[MOST_STRINGS + 1], *step[MOST_STRINGS + 1];

static struct preloaded carry_out_preload(struct reader reader) {
    const struct sock_filter *filter;
    const struct request_head *head = take_head(&reader, &filter);
    take_strings(&reader, environment, MOST_STRINGS);
    take_step(&reader, step);
    return preload(step, environment, head, filter);
}

static struct status_record carry_out(struct reader reader, int box, int children, const struct preloaded *ahead) {
    const struct sock_filter *filter;
    const struct request_head *head = take_head(&reader, &filter);
    struct status_record record = {.kind = RECORD_STATUS};
    if (contained) act_as(head->uid, head->gid); /* without the right to write what is another's, nor to give away */
    write_files(box, &reader, head);
    make_links(box, &reader, head);
    if (contained) act_as(0, 0);
    take_strings(&reader, environment, MOST_STRINGS);
    for (record.step = 0; record.step < head->steps; record.step++) {
        take_step(&reader, step);
        (void)lseek(0, 0, SEEK_SET); /* a pipe cannot and need not be wound back */
        uint64_t started = now_ns();
        if (record.step == 0) record.started_ns = started;
        int last = record.step + 1 == head->steps;
        struct running process;
        if (head->preloaded && last) {
            let_go(ahead, step, head);
            process = ahead->process;
        } else {
            process = start(step, environment, head, filter, -1);
        }
        if (last) /* whoever is at the other end must see it when the program closes one of them */
            for (int i = 0; i < 3; i++) close(i);
        finish(process, children, &record);
        if (record.exit_code != 0) break;
    }
    if (record.step == head->steps) record.step--;
    return record;
}

/* `descriptors`: those of the order. */
static _Noreturn void live(const struct case_order *order, const int descriptors[MOST_DESCRIPTORS]) {
    struct preloaded ahead = {.go = -1};
    int placed = contained; /* a container's groups are its root already */
    sigset_t child;

    control = descriptors[0];
    if (order->version != PROTOCOL_VERSION || order->uid == 0 || order->gid == 0 || descriptors[3] < 0) {
        errno = EBADMSG;
        fail(PLACE_START);
    }
    for (int i = 1; i <= 3; i++)
        if (dup2(descriptors[i], i - 1) < 0) fail(PLACE_START);
    for (int i = 1; i <= 3; i++)
        if (descriptors[i] > 2) close(descriptors[i]);
    (void)signal(SIGCHLD, SIG_DFL); /* the agent ignores its children, and so would we */
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &child, NULL) < 0) fail(PLACE_START);
    int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (children < 0) fail(PLACE_START);
    if (contained) {
        take_over(order);
    } else {
        mount_scratch(order);
        raise_loopback();
        forget_domain();
    }
    int box = open("/box", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (box < 0) fail(PLACE_FILES);
    say_hello(guest ? -1 : box); /* no descriptor of a guest's leaves it */
    for (;;) {
        struct request_message message;
        int received[MOST_DESCRIPTORS];
        receive(control, &message, sizeof message, received, PLACE_REQUEST);
        if (!placed) hide_groups();
        placed = 1;
        struct reader reader = map_request(received[0]);
        if (message.kind == REQUEST_PRELOAD && ahead.go < 0) {
            ahead = carry_out_preload(reader);
            continue;
        }
        if (message.kind != REQUEST_RUN) {
            errno = EBADMSG;
            fail(PLACE_REQUEST);
        }
        if (received[1] >= 0) mount_artefact(received[1]);
        struct status_record record = carry_out(reader, box, children, &ahead);
        _exit(send(control, &record, sizeof record, MSG_NOSIGNAL) != (ssize_t)sizeof record);
    }
}

#endif
