/* Makes the kernel hold memory, in the way its argument names: in 100 processes with 240 descriptors each at the most,
   half of a second each. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char block[1 << 16];

static void fill(int writer) {
    fcntl(writer, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 64 && write(writer, block, sizeof block) > 0; i++) continue;
}

static void pipes(void) {
    for (int i = 0; i < 120; i++) {
        int ends[2];
        if (pipe(ends) < 0) break;
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        fill(ends[1]);
    }
}

static void sockets(void) {
    for (int i = 0; i < 120; i++) {
        int ends[2], size = 1 << 20;
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) break;
        for (int end = 0; end < 2; end++) {
            setsockopt(ends[end], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
            fill(ends[end]);
        }
    }
}

/* names that are not there, on the image's file system: the kernel remembers each */
static void names(int seed) {
    struct stat about;
    char name[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "/usr/syncode-abuse-%d-%d", seed, i);
        stat(name, &about);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    memset(block, 1, sizeof block);
    for (int child = 0; child < 100; child++) {
        pid_t born = fork();
        if (born < 0) return 65;
        if (born > 0) continue;
        if (strcmp(argv[1], "pipes") == 0) pipes();
        if (strcmp(argv[1], "sockets") == 0) sockets();
        if (strcmp(argv[1], "names") == 0) names(child);
        usleep(500000);
        _exit(0);
    }
    while (wait(NULL) > 0) continue;
    puts("contained");
}
