/* Reaches for the host by its loopback interface, and looks up (without sending anything) whether other hosts could be
 * reached. Argument: the port of a listener on the host, that a test has opened there; without one, only
 * routes are looked up. */
#include "probe.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void reach(int type, int family, const struct sockaddr *address, socklen_t size, int error, const char *what) {
    int made = socket(family, type | SOCK_CLOEXEC, 0);
    if (made < 0) hole("%s: no socket", what);
    refused(what, connect(made, address, size), error);
    close(made);
}

static void reach_listener(uint16_t port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 here6 = {.sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    reach(SOCK_STREAM, AF_INET, (struct sockaddr *)&here, sizeof here, ECONNREFUSED, "loopback");
    here.sin_addr.s_addr = htonl(INADDR_ANY);
    reach(SOCK_STREAM, AF_INET, (struct sockaddr *)&here, sizeof here, ECONNREFUSED, "any address");
    reach(SOCK_STREAM, AF_INET6, (struct sockaddr *)&here6, sizeof here6, ECONNREFUSED, "loopback of version 6");

    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(sender, "x", 1, 0, (struct sockaddr *)&here, sizeof here); /* arrives nowhere: the test looks */
}

static void look_up_routes(void) {
    /* Connecting a datagram socket looks up a route. The addresses are those of documentation. */
    struct sockaddr_in outside = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "192.0.2.1", &outside.sin_addr);
    struct sockaddr_in6 outside6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    inet_pton(AF_INET6, "2001:db8::1", &outside6.sin6_addr);
    reach(SOCK_DGRAM, AF_INET, (struct sockaddr *)&outside, sizeof outside, ENETUNREACH, "a route");
    reach(SOCK_DGRAM, AF_INET6, (struct sockaddr *)&outside6, sizeof outside6, ENETUNREACH, "a route of version 6");
}

int main(int argc, char **argv) {
    if (argc > 1) reach_listener(htons((uint16_t)atoi(argv[1])));
    look_up_routes();
    int asking = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq interface = {.ifr_ifindex = 1};
    if (ioctl(asking, SIOCGIFNAME, &interface) < 0 || strcmp(interface.ifr_name, "lo")) hole("there is no loopback");
    for (interface.ifr_ifindex = 2; interface.ifr_ifindex < 1000; interface.ifr_ifindex++)
        refused("another interface", ioctl(asking, SIOCGIFNAME, &interface), ENODEV);
    return conclude();
}
