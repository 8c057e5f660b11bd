/* Messages that carry descriptors, on SEQPACKET sockets. Included by init.c. */
#ifndef SYNCODE_MESSAGES_H
#define SYNCODE_MESSAGES_H
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "protocol.h"

#define MOST_DESCRIPTORS 4

/* Receives one message of exactly `size` bytes and its descriptors, which are close-on-exec; the rest of `descriptors`
 * becomes -1. Returns how many came, or leaves when the other side has hung up. */
static int receive(int from, void *message, size_t size, int descriptors[MOST_DESCRIPTORS], uint32_t place) {
    struct iovec part = {.iov_base = message, .iov_len = size};
    union {
        char space[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
        struct cmsghdr aligned;
    } ancillary = {0};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.space, .msg_controllen = sizeof ancillary.space};
    ssize_t got;
    do got = recvmsg(from, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got == 0) _exit(0);
    for (int i = 0; i < MOST_DESCRIPTORS; i++) descriptors[i] = -1;
    int count = 0;
    for (struct cmsghdr *rights = CMSG_FIRSTHDR(&header); rights; rights = CMSG_NXTHDR(&header, rights)) {
        if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
        count = (int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(descriptors, CMSG_DATA(rights), (size_t)count * sizeof(int));
    }
    if (got != (ssize_t)size || header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        if (got >= 0) errno = EBADMSG;
        fail(place);
    }
    return count;
}

/* HELLO, with a descriptor unless it is -1. */
static void say_hello(int descriptor) {
    struct hello_record record = {.kind = RECORD_HELLO, .version = PROTOCOL_VERSION};
    struct iovec part = {.iov_base = &record, .iov_len = sizeof record};
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } ancillary = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = ancillary.space;
        message.msg_controllen = sizeof ancillary.space;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    if (sendmsg(control, &message, MSG_NOSIGNAL) != (ssize_t)sizeof record) fail(PLACE_HELLO);
}

#endif
