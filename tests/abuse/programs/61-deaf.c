/* Asks for what would keep a connection from ever hearing of its end, so that it stays when everybody is gone, and for
   other things of sockets that only the host's kernel counts, or that nobody needs. */
#include "probe.h"
#include <netinet/in.h>
#include <sys/socket.h>

struct option {
    const char *name;
    int level, number;
};

static const struct option OPTIONS[] = {
    {"IP_MINTTL", 0, 21},
    {"IP_OPTIONS", 0, 4},
    {"IP_ADD_MEMBERSHIP", 0, 35},
    {"MCAST_JOIN_GROUP", 0, 42},
    {"IP_UNICAST_IF", 0, 50},
    {"SO_BINDTODEVICE", 1, 25},
    {"SO_ATTACH_FILTER", 1, 26},
    {"SO_MAX_PACING_RATE", 1, 47},
    {"SO_ATTACH_BPF", 1, 50},
    {"SO_ATTACH_REUSEPORT_CBPF", 1, 51},
    {"SO_ATTACH_REUSEPORT_EBPF", 1, 52},
    {"SO_ZEROCOPY", 1, 60},
    {"SO_TXTIME", 1, 61},
    {"SO_BINDTOIFINDEX", 1, 62},
    {"SO_RESERVE_MEM", 1, 73},
    {"TCP_MD5SIG", 6, 14},
    {"TCP_REPAIR", 6, 19},
    {"TCP_ULP", 6, 31},
    {"TCP_MD5SIG_EXT", 6, 32},
    {"TCP_AO_ADD_KEY", 6, 38},
    {"UDP_ENCAP", 17, 100},
    {"IPV6_JOIN_GROUP", 41, 20},
    {"IPV6_FLOWLABEL_MGR", 41, 32},
    {"IPV6_RTHDR", 41, 57},
    {"IPV6_MINHOPCOUNT", 41, 73},
    {"IPV6_UNICAST_IF", 41, 76},
    {"an option of the future", 1, 4000},
    {"a level of the future", 4000, 1},
};

int main(void) {
    static const int families[] = {AF_INET, AF_INET6}, kinds[] = {SOCK_STREAM, SOCK_DGRAM};
    char value[256] = {1};
    for (int i = 0; i < 4; i++) {
        int any = socket(families[i / 2], kinds[i % 2], 0);
        for (const struct option *option = OPTIONS; option < OPTIONS + sizeof OPTIONS / sizeof *OPTIONS; option++)
            refused(option->name, setsockopt(any, option->level, option->number, value, sizeof value), ENOPROTOOPT);
        close(any);
    }
    return conclude();
}
