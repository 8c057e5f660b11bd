/* Leaves marks of every kind. With the argument "stay" it lives until it is killed, 60 s at most, and calls itself
 * "planted" as soon as everything is there; else it leaves a daemon behind. */
#include "probe.h"
#include <arpa/inet.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void plant_file(const char *path) {
    int file = open(path, O_CREAT | O_WRONLY, 0666);
    if (write(file, "planted", 7) != 7) hole("%s cannot be planted", path);
}

int main(int argc, char **argv) {
    (void)argv;
    plant_file("/box/planted");
    plant_file("/tmp/planted");
    plant_file("/dev/shm/planted");
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0syncode-abuse-planted"};
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/tmp/syncode-abuse-socket"};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(47777), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr *const addresses[] = {(void *)&name, (void *)&path, (void *)&address};
    static const socklen_t sizes[] = {sizeof name, sizeof path, sizeof address};
    for (int i = 0; i < 3; i++) {
        int listener = socket(addresses[i]->sa_family, SOCK_STREAM, 0);
        if (bind(listener, addresses[i], sizes[i]) < 0 || listen(listener, 8) < 0) hole("no listener %d", i);
    }
    /* Locks on files of the image that everybody reads. */
    if (flock(open("/usr/bin/env", O_RDONLY), LOCK_EX | LOCK_NB) < 0) hole("flock");
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    if (fcntl(open("/usr/bin/env", O_RDONLY), F_OFD_SETLK, &lock) < 0) hole("a lock of an open file");
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    if (argc > 1) {
        prctl(PR_SET_NAME, "planted");
        sleep(60);
    } else if (fork() == 0) {
        setsid();
        prctl(PR_SET_NAME, "planted");
        sleep(60);
        _exit(0);
    }
    return conclude();
}
