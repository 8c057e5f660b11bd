/* Makes 100 000 entries at the most, of the kind that its argument names, in each place it can write to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(const char *kind, const char *name) {
    if (strcmp(kind, "directories") == 0) return mkdir(name, 0700);
    if (strcmp(kind, "links") == 0) return link("first", name);
    if (strcmp(kind, "symlinks") == 0) return symlink("/nowhere/at/all", name);
    if (strcmp(kind, "fifos") == 0) return mkfifo(name, 0600);
    int file = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    return file < 0 ? -1 : close(file);
}

int main(int argc, char **argv) {
    static const char *const places[] = {"/box", "/tmp", "/dev/shm"};
    if (argc < 2) return 64;
    for (int place = 0; place < 3; place++) {
        int count = 0, refused = 0;
        if (chdir(places[place]) < 0 || make("files", "first") < 0) return 65;
        while (count < 100000 && !refused) {
            char name[16];
            snprintf(name, sizeof name, "%d", count);
            if (make(argv[1], name) < 0) refused = errno;
            else count++;
        }
        if (refused != ENOSPC || count > 4096) {
            printf("%s: %d %s, %s\n", places[place], count, argv[1], strerror(refused));
            return 0;
        }
    }
    puts("contained");
}
