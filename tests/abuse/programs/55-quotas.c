/* Takes from quotas that a host counts per user, up to a few hundred at most. */
#include "probe.h"
#include <mqueue.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { TRIES = 400 };

static int queued_signals(void) {
    sigset_t blocked;
    int queued = 0;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    while (queued < TRIES && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) queued++;
    return queued;
}

static int timers(void) {
    int made = 0;
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    while (made < TRIES && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) made++;
    return made;
}

static int pipes(void) {
    int made = 0, ends[2];
    while (made < TRIES && pipe(ends) == 0) made++;
    return made;
}

/* Sends descriptors to itself without ever taking them. */
static int in_flight(void) {
    int made = 0, ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return 0;
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } ancillary;
    struct iovec part = {"x", 1};
    for (; made < TRIES; made++) {
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.space, .msg_controllen = sizeof ancillary.space};
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        *rights = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(rights), &ends[0], sizeof(int));
        if (sendmsg(ends[1], &message, MSG_DONTWAIT) < 0) break;
    }
    close(ends[0]);
    close(ends[1]);
    return made;
}

int main(void) {
    int signals = queued_signals(), made_timers = timers(), made_pipes = pipes();
    if (signals > 64) hole("%d signals are queued", signals);
    if (signals + made_timers > 64 + 1) hole("%d timers beside %d signals", made_timers, signals);
    if (made_pipes > 127) hole("%d pipes", made_pipes);
    for (int descriptor = 3; descriptor < 256; descriptor++) close(descriptor);
    int flying = in_flight();
    if (flying > 300) hole("%d descriptors are in flight", flying);
    refused("inotify_init1", syscall(SYS_inotify_init1, 0), ENOSYS);
    refused("io_setup", syscall(SYS_io_setup, 1, &(unsigned long){0}), ENOSYS);
    failed("mq_open", mq_open("/queue", O_RDWR | O_CREAT, 0600, NULL));
    void *page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mlock(page, 1 << 20) == 0) hole("a mebibyte is locked");
    struct rlimit limit;
    if (getrlimit(RLIMIT_SIGPENDING, &limit) < 0 || limit.rlim_max != 64) hole("signals: %lu", limit.rlim_max);
    if (getrlimit(RLIMIT_MSGQUEUE, &limit) < 0 || limit.rlim_max != 0) hole("queues: %lu", limit.rlim_max);
    limit = (struct rlimit){1 << 20, 1 << 20};
    failed("a higher limit", setrlimit(RLIMIT_SIGPENDING, &limit));
    return conclude();
}
