/* Makes sockets of every family and kind there is. */
#include "probe.h"
#include <sys/socket.h>

enum { MOST_FAMILIES = 64 };

int main(void) {
    static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP, SOCK_PACKET};
    char what[64];
    int pair[2];
    for (int family = 0; family < MOST_FAMILIES; family++) {
        if (family == AF_UNIX || family == AF_INET || family == AF_INET6) continue;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            snprintf(what, sizeof what, "family %d kind %d", family, kinds[i]);
            refused(what, socket(family, kinds[i], 0), EAFNOSUPPORT);
            refused(what, socketpair(family, kinds[i], 0, pair), EAFNOSUPPORT);
        }
    }
    /* what the filter takes for a family is what the kernel takes for one: the lower half */
    refused("vsock in the lower half", syscall(SYS_socket, 0x100000000L + AF_VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT);
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        failed("a raw socket", socket(families[i], SOCK_RAW, 6));
        failed("a raw socket that makes its own headers", socket(families[i], SOCK_RAW, 255));
        failed("a packet socket of old", socket(families[i], SOCK_PACKET, 0));
        failed("echo requests", socket(families[i], SOCK_DGRAM, i ? 58 : 1));
        for (int protocol = 2; protocol < 300; protocol++)
            if (protocol != 6 && protocol != 17) failed("another protocol", socket(families[i], SOCK_STREAM, protocol));
        refused("a pair across hosts", socketpair(families[i], SOCK_STREAM, 0, pair), EAFNOSUPPORT);
    }
    return conclude();
}
