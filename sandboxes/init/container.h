/* init in a container of Docker, which gives it namespaces and scratch but no right to make any. Included by init.c.
 *
 * Process 1 of the container is its keeper: it says HELLO on a socket of the engine's and ends, when it is told to END,
 * everything else in the container, answering READY once all of it is gone; when the engine hangs up, it leaves, and the
 * container ends with it. Every case is a process that the Docker engine starts in the container: it fetches the order
 * from the same socket and then lives as a case does anywhere. Only root of the container can reach the socket.
 *
 * As a `guest` the same happens on a kernel of the container's own (gVisor). */
#ifndef SYNCODE_CONTAINER_H
#define SYNCODE_CONTAINER_H
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "case.h"
#include "messages.h"
#include "protocol.h"

static int dial(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0) return -1;
    return connection;
}

static void hide(void) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "init", 0, 0, 0);
    umask(0);
}

static _Noreturn void keep(const char *path) {
    hide();
    control = dial(path);
    if (getpid() != 1 || control < 0) _exit(64);
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) fail(PLACE_START); /* orphans are not waited for here */
    say_hello(-1);
    for (;;) {
        struct request_message message;
        int descriptors[MOST_DESCRIPTORS];
        receive(control, &message, sizeof message, descriptors, PLACE_REQUEST);
        if (message.kind != REQUEST_END) {
            errno = EBADMSG;
            fail(PLACE_REQUEST);
        }
        kill_all();
        struct ready_record record = {.kind = RECORD_READY};
        if (send(control, &record, sizeof record, MSG_NOSIGNAL) != (ssize_t)sizeof record) fail(PLACE_WAIT);
    }
}

static _Noreturn void fetch(const char *path) {
    struct case_order order;
    int descriptors[MOST_DESCRIPTORS];
    hide();
    control = dial(path);
    if (control < 0) _exit(64);
    receive(control, &order, sizeof order, descriptors, PLACE_REQUEST);
    close(control);
    contained = 1;
    live(&order, descriptors);
}

#endif
