/* Watches files of the image that other runs share, or makes others wait for them. */
#include "probe.h"

int main(void) {
    int file = open("/usr/bin/env", O_RDONLY), directory = open("/usr/bin", O_RDONLY | O_DIRECTORY);
#ifdef SYS_inotify_init
    refused("inotify_init", syscall(SYS_inotify_init), ENOSYS);
#endif
    refused("inotify_init1", syscall(SYS_inotify_init1, 0), ENOSYS);
    refused("inotify_add_watch", syscall(SYS_inotify_add_watch, 0, "/usr/bin/env", 0xfff), ENOSYS);
    refused("fanotify_init", syscall(SYS_fanotify_init, 0, 0), EPERM);
    refused("fanotify_mark", syscall(SYS_fanotify_mark, 0, 1, 0x20, AT_FDCWD, "/usr/bin/env"), EPERM);
    refused("F_NOTIFY", fcntl(directory, F_NOTIFY, DN_ACCESS), EINVAL);
    refused("F_SETLEASE", fcntl(file, F_SETLEASE, F_RDLCK), EINVAL);
    refused("cachestat", syscall(451, file, (uint64_t[2]){0, 4096}, (uint64_t[5]){0}, 0), ENOSYS);
    refused("preadv2 RWF_NOWAIT", syscall(SYS_preadv2, file, NULL, 0, 0, 0, 8), EOPNOTSUPP);
    return conclude();
}
