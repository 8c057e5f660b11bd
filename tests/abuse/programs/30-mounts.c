/* Shows every path of the host that the kernel tells it of; the test reads them. */
#include "probe.h"

int main(void) {
    static const char *const files[] = {"/proc/self/mountinfo", "/proc/self/mounts", "/proc/self/mountstats",
                                        "/proc/self/maps", "/proc/self/cgroup", "/proc/self/cmdline",
                                        "/proc/self/environ", "/proc/self/fdinfo/0"};
    char text[4096], link[4096];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int file = open(files[i], O_RDONLY);
        if (file < 0) hole("%s: %s", files[i], strerrorname_np(errno));
        for (ssize_t size; (size = read(file, text, sizeof text)) > 0;)
            if (write(2, text, (size_t)size) != size) return 1;
        close(file);
    }
    static const char *const links[] = {"exe", "cwd", "root", "fd/0", "fd/1", "fd/2"};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(text, sizeof text, "/proc/self/%s", links[i]);
        ssize_t size = readlink(text, link, sizeof link - 1);
        if (size > 0) fprintf(stderr, "%.*s\n", (int)size, link);
    }
    return conclude();
}
