/* Sends descriptors into sockets that nobody reads, 100 000 at the most, to hold more open files than it may: of a
   device, or (rings) the sockets themselves, which then keep each other alive. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EACH = 50 };

static int send_all(int through, const int *what) {
    union {
        char space[CMSG_SPACE(sizeof(int) * EACH)];
        struct cmsghdr aligned;
    } ancillary = {0};
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.space, .msg_controllen = sizeof ancillary.space};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * EACH);
    memcpy(CMSG_DATA(rights), what, sizeof(int) * EACH);
    return sendmsg(through, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    int rings = strcmp(argv[1], "rings") == 0, sent = 0, refused = 0;
    for (int round = 0; round < 2000 && !refused; round++) {
        int ends[2], batch[EACH];
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0) return 65;
        for (int i = 0; i < EACH; i++) {
            batch[i] = rings ? dup(ends[0]) : open("/dev/null", O_RDONLY);
            if (batch[i] < 0) return 66;
        }
        refused = send_all(ends[1], batch);
        if (!refused) sent += EACH;
        for (int i = 0; i < EACH; i++) close(batch[i]);
        if (rings) close(ends[0]);
        close(ends[1]);
    }
    /* The kernel allows a user as many in flight as one of its processes may have open, give or take a message. Rings
       it clears away meanwhile, so that there is no telling when it refuses, or whether it has to. */
    int held = refused == ETOOMANYREFS && sent <= 512, cleared = rings && (refused == ETOOMANYREFS || !refused);
    if (held || cleared) puts("contained");
    else printf("%d in flight, %s\n", sent, strerror(refused));
}
