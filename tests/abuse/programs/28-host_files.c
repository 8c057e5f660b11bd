/* Opens what a host keeps to itself. Arguments: files that everybody on the host may read, by their paths there. */
#include "probe.h"

static const char *const PLACES[] = {
    "/boot", "/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/etc/resolv.conf", "/etc/machine-id", "/home",
    "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/sys", "/var", "/var/lib/syncode", "/run/syncode", "/.dockerenv",
    "/usr/share/keyrings",
};

static const char *const WAYS_UP[] = {"/..", "/app/../..", "/box/../..", "/proc/self/root", "/proc/self/cwd/../..", "/tmp/.."};

int main(int argc, char **argv) {
    char path[4096], line[512];
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) cannot_open(PLACES[i], O_RDONLY, ENOENT);
    for (int i = 1; i < argc; i++) {
        cannot_open(argv[i], O_RDONLY, ENOENT);
        for (size_t way = 0; way < sizeof WAYS_UP / sizeof *WAYS_UP; way++) {
            snprintf(path, sizeof path, "%s%s", WAYS_UP[way], argv[i]);
            cannot_open(path, O_RDONLY, ENOENT);
        }
    }
    FILE *users = fopen("/etc/passwd", "r");
    while (users && fgets(line, sizeof line, users)) {
        char *name = strtok(line, ":");
        if (name && strcmp(name, "root") && strcmp(name, "box") && strcmp(name, "nobody")) hole("there is a user %s", name);
    }
    if (gethostname(line, sizeof line) < 0 || strcmp(line, "box")) hole("the host is called %s", line);
    return conclude();
}
