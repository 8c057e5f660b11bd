/* A canary: attempts what its first argument names, bounded by itself. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MIB (1 << 20)

static int held(void) { return puts("held") == EOF; }

static int control(void) {
    long sum = 0, number;
    while (scanf("%ld", &number) == 1) sum += number;
    return printf("%ld\n", sum) < 0;
}

static int processes(void) {
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            sleep(20);
            _exit(0);
        }
    }
    return 0;
}

static int memory(void) {
    for (int i = 0; i < 64; i++) {
        char *block = malloc(8 * MIB);
        if (!block) return 1;
        memset(block, 'x', 8 * MIB);
        *(volatile char *)block = 'y';
    }
    return puts("64") == EOF;
}

static int output(void) {
    static char block[MIB / 4];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 64; i++) fwrite(block, 1, sizeof block, stdout);
    return 0;
}

static int spin(void) {
    for (time_t end = time(NULL) + 20; time(NULL) < end;) continue;
    return 0;
}

static int write_outside(void) {
    static const char *const paths[] = {
        "/canary", "/usr/canary", "/etc/canary", "/app/canary", "/dev/canary", "/proc/canary"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (open(paths[i], O_WRONLY | O_CREAT, 0600) >= 0) printf("could write %s\n", paths[i]);
    return held();
}

static int network(void) {
    int looked_up = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in outside = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "192.0.2.1", &outside.sin_addr);
    if (connect(looked_up, (struct sockaddr *)&outside, sizeof outside) < 0) return held();
    return puts("there is a route") == EOF;
}

static int secret(const char *path) {
    char text[128] = "";
    FILE *file = fopen(path, "r");
    if (!file) return held();
    if (!fgets(text, sizeof text, file)) strcpy(text, "an empty file");
    return printf("could read %s\n", text) < 0;
}

static int kill_init(void) {
    if (kill(1, SIGKILL) < 0) return held();
    return puts("could send init a signal") == EOF;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "control")) return control();
    if (!strcmp(what, "processes")) return processes();
    if (!strcmp(what, "memory")) return memory();
    if (!strcmp(what, "output")) return output();
    if (!strcmp(what, "spin")) return spin();
    if (!strcmp(what, "sleep")) return (int)sleep(20);
    if (!strcmp(what, "write")) return write_outside();
    if (!strcmp(what, "network")) return network();
    if (!strcmp(what, "secret") && argc > 2) return secret(argv[2]);
    if (!strcmp(what, "init")) return kill_init();
    return 64;
}
