/* Reaches for sockets of the host. Arguments: the names of an abstract listener for streams, of one for datagrams, and
 * the path of a third, all of which a test has opened on the host. */
#include "probe.h"
#include <sys/socket.h>
#include <sys/un.h>

static void reach(int type, const char *name, int abstract, int error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path + abstract, name, sizeof address.sun_path - 2);
    socklen_t size = (socklen_t)(sizeof address.sun_family + (size_t)abstract + strlen(name));
    int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    refused(name, connect(made, (struct sockaddr *)&address, size), error);
    close(made);
}

int main(int argc, char **argv) {
    if (argc != 4) return 1;
    reach(SOCK_STREAM, argv[1], 1, ECONNREFUSED);
    reach(SOCK_DGRAM, argv[2], 1, ECONNREFUSED);
    reach(SOCK_STREAM, argv[3], 0, ENOENT);
    static const char *const usual[] = {"/run/dbus/system_bus_socket", "/var/run/docker.sock", "/run/containerd/containerd.sock",
                                        "/run/systemd/journal/socket", "/dev/log"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) refused(usual[i], access(usual[i], F_OK), ENOENT);
    return conclude();
}
