/* init: the trusted process 1 of a jail, and of every case in it (see protocol.h).
 *
 * Started by nsjail as the only process of fresh namespaces, with all capabilities of its own user namespace and one
 * descriptor, a SEQPACKET socket to the engine, it is the jail's agent: it only waits and makes cases. A case
 *
 *   1. is born in pid, mount, ipc, network and uts namespaces of its own, and mounts fresh scratch and a fresh /proc,
 *   2. says HELLO, handing the engine a descriptor of its /box, and waits (the engine moves it into a cgroup meanwhile,
 *      which it then sees as the root of all groups),
 *   3. may be asked to start a process ahead of need, which waits in its turn, as the other user (the same, where the
 *      engine has no root and so no other), without capabilities, under rlimits and a seccomp filter,
 *   4. writes the request's files and links into /box and runs its steps one after the other in the same way, killing
 *      whatever a step leaves behind,
 *   5. says STATUS: how the last step ended, by wait(2) and not by anything that the program could write,
 *   6. exits, and the kernel kills whatever is left of its pid namespace.
 *
 * Started in a container of Docker it does the same as far as it is allowed to there (container.h).
 *
 * When the engine goes away the sockets hang up and everything ends at once. The agent never sees a request, so that
 * no case inherits anything of another. Nothing here allocates memory, reads what a program wrote, or trusts anything
 * but the engine. All numbers are little-endian as in the memory of the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol.h"

static int control = -1;
static int contained; /* a container of Docker is around us: nothing can be mounted, and scratch outlives the case */
static int guest;     /* and a kernel of its own, on which nothing of the host's depends, and which lacks some calls */

/* Every failure before the program runs: one FAILURE record with the place and errno, then no run at all. */
static _Noreturn void fail(uint32_t place) {
    struct failure_record record = {.kind = RECORD_FAILURE, .place = place, .error = (uint32_t)errno};
    if (control >= 0) (void)send(control, &record, sizeof record, MSG_NOSIGNAL);
    _exit(1);
}

#include "case.h"
#include "container.h"
#include "messages.h"

#define WORLD (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS)

static int descriptor(const char *text) {
    char *end;
    long number = strtol(text, &end, 10);
    return *text && !*end && number > 2 && number < INT_MAX ? (int)number : -1;
}

/* Makes the case that was ordered; it alone keeps the order's descriptors. */
static void make_case(const struct case_order *order, const int descriptors[MOST_DESCRIPTORS]) {
    long born = syscall(SYS_clone, WORLD | SIGCHLD, 0, 0, 0, 0);
    if (born == 0) {
        close(control);
        live(order, descriptors);
    }
    if (born < 0) { /* the case's own socket hears of it: the jail itself may be well */
        struct failure_record record = {.kind = RECORD_FAILURE, .place = PLACE_FORK, .error = (uint32_t)errno};
        (void)send(descriptors[0], &record, sizeof record, MSG_NOSIGNAL);
    }
    for (int i = 0; i < MOST_DESCRIPTORS; i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "keep") == 0) keep(argv[2]);
    if (argc == 3 && strcmp(argv[1], "case") == 0) fetch(argv[2]);
    if (argc == 3 && strcmp(argv[1], "guest") == 0) {
        guest = 1;
        fetch(argv[2]);
    }
    if (argc != 2) return 64;
    control = descriptor(argv[1]);
    if (getpid() != 1 || control < 0) return 64;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "init", 0, 0, 0);
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) fail(PLACE_START); /* dead cases are not waited for here */
    umask(0);
    say_hello(-1);
    for (;;) {
        struct case_order order;
        int descriptors[MOST_DESCRIPTORS];
        receive(control, &order, sizeof order, descriptors, PLACE_REQUEST);
        make_case(&order, descriptors);
    }
}
