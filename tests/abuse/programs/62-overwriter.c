/* Changes its own binary and sources, for its next test. */
#include "probe.h"
#include <sys/mount.h>
#include <sys/xattr.h>

int main(void) {
    static const char *const files[] = {"/app/out/main", "/app/src/main.c", "/proc/self/exe", "/box/main.c"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int file = open(files[i], O_WRONLY);
        if (file >= 0 || (errno != EROFS && errno != EACCES && errno != ETXTBSY)) hole("%s: opened", files[i]);
        failed("truncate", truncate(files[i], 0));
        failed("chmod", chmod(files[i], 0777));
        failed("xattr", setxattr(files[i], "user.x", "x", 1, 0));
        failed("utimes", utimensat(AT_FDCWD, files[i], NULL, 0));
    }
    static const char *const names[] = {"/app/out/main", "/app/src/main.c", "/app/out", "/app/src", "/.init", "/usr/bin/gcc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        failed(names[i], unlink(names[i]));
        failed(names[i], rename(names[i], "/box/taken"));
        failed(names[i], rename("/box/main.c", names[i]));
        failed(names[i], link(names[i], "/box/hard"));
    }
    refused("mkdir", mkdir("/app/new", 0777), EROFS);
    refused("a file beside it", open("/app/out/new", O_CREAT | O_WRONLY, 0666), EROFS);
    return conclude();
}
