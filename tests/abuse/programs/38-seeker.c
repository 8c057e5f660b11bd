/* Looks for the marks of 38-planter.c. Arguments: directories of the host in which other runs have their files. */
#include "probe.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

static void expect_only(const char *place, const char *allowed) {
    DIR *directory = opendir(place);
    if (!directory) hole("%s cannot be listed", place);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (*entry->d_name != '.' && !strstr(allowed, entry->d_name)) hole("%s/%s", place, entry->d_name);
}

static void cannot_connect(const struct sockaddr *address, socklen_t size, int error) {
    int made = socket(address->sa_family, SOCK_STREAM, 0);
    refused("connect", connect(made, address, size), error);
    close(made);
}

int main(int argc, char **argv) {
    char own[64];
    snprintf(own, sizeof own, "%d self thread-self", getpid());
    expect_only("/box", "main.c probe.h");
    expect_only("/tmp", "");
    expect_only("/dev/shm", "");
    expect_only("/app/src", "main.c probe.h");
    expect_only("/app/out", "main");
    expect_only("/proc", own);
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0syncode-abuse-planted"};
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/tmp/syncode-abuse-socket"};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(47777), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cannot_connect((struct sockaddr *)&name, sizeof name, ECONNREFUSED);
    cannot_connect((struct sockaddr *)&path, sizeof path, ENOENT);
    cannot_connect((struct sockaddr *)&address, sizeof address, ECONNREFUSED);
    for (int i = 1; i < argc; i++) cannot_open(argv[i], O_RDONLY, ENOENT);
    for (int pid = 1; pid < 32768; pid++) /* none but init may be there, and it belongs to somebody else */
        if (pid != getpid() && (kill(pid, 0) == 0 || (pid > 1 && errno != ESRCH))) hole("process %d", pid);
    return conclude();
}
