/* Says to every descriptor there could be what init says to the engine: that all went well. Then it fails. */
#include "probe.h"
#include <sys/socket.h>

struct status {
    uint32_t kind, step, exit_code, signal;
    uint64_t times[4];
};

int main(void) {
    const struct status well = {.kind = 2, .times = {1, 2}};
    char path[64];
    for (int number = 3; number < 1024; number++) {
        if (write(number, &well, sizeof well) >= 0 || errno != EBADF) hole("descriptor %d takes words", number);
        if (send(number, &well, sizeof well, MSG_NOSIGNAL) >= 0) hole("descriptor %d is a socket", number);
        snprintf(path, sizeof path, "/proc/1/fd/%d", number);
        if (open(path, O_RDWR) >= 0) hole("%s can be opened", path);
    }
    int init = (int)syscall(SYS_pidfd_open, 1, 0);
    for (int number = 0; number < 64; number++) failed("a descriptor of init", syscall(SYS_pidfd_getfd, init, number, 0));
    write(1, &well, sizeof well);
    write(2, &well, sizeof well);
    conclude();
    fflush(stdout);
    _exit(3);
}
