/* Changes its input, for itself or for whoever reads it next. */
#include "probe.h"
#include <sys/mman.h>
#include <sys/xattr.h>

int main(void) {
    static const char INPUT[] = "the input\n";
    char text[64];
    cannot_open("/proc/self/fd/0", O_RDWR, EACCES);
    cannot_open("/proc/self/fd/0", O_WRONLY, EACCES);
    cannot_open("/proc/self/fd/0", O_RDONLY | O_TRUNC, EACCES);
    cannot_open("/dev/stdin", O_WRONLY | O_APPEND, EACCES);
    refused("write", write(0, "x", 1), EBADF);
    refused("ftruncate", ftruncate(0, 0), EINVAL);
    failed("truncate", truncate("/proc/self/fd/0", 0));
    failed("fallocate", fallocate(0, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4));
    failed("fchmod", fchmod(0, 0666));
    failed("fchown", fchown(0, getuid(), getgid()));
    failed("chmod", chmod("/proc/self/fd/0", 0666));
    failed("utimes", futimens(0, NULL));
    failed("fsetxattr", fsetxattr(0, "user.mark", "x", 1, 0));
    failed("F_ADD_SEALS", fcntl(0, F_ADD_SEALS, F_SEAL_SEAL));
    failed("mmap", (long)(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0) == MAP_FAILED ? -1 : 0));
    failed("linkat", linkat(0, "", AT_FDCWD, "/box/input", AT_EMPTY_PATH));
    failed("linkat", linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "/box/input", AT_SYMLINK_FOLLOW));
    void *mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 0, 0);
    if (mapped != MAP_FAILED) failed("mprotect", mprotect(mapped, 4096, PROT_READ | PROT_WRITE));
    ssize_t size = pread(0, text, sizeof text, 0);
    if (size != (ssize_t)strlen(INPUT) || memcmp(text, INPUT, (size_t)size)) hole("the input is %zd bytes: %.*s", size, (int)size, text);
    return conclude();
}
