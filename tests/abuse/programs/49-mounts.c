/* Changes what it sees of the file system. */
#include "probe.h"
#include <sys/mount.h>

static const int OPEN_TREE = 428, MOVE_MOUNT = 429, FSOPEN = 430, FSCONFIG = 431, FSMOUNT = 432, FSPICK = 433, MOUNT_SETATTR = 442;

int main(void) {
    struct {
        unsigned bytes;
        int type;
        unsigned char handle[128];
    } handle = {.bytes = 128};
    int mount_id;
    if (mkdir("/box/m", 0755) < 0) hole("mkdir");
    refused("mount tmpfs", mount("none", "/box/m", "tmpfs", 0, NULL), EPERM);
    refused("mount proc", mount("none", "/box/m", "proc", 0, NULL), EPERM);
    refused("mount sysfs", mount("none", "/box/m", "sysfs", 0, NULL), EPERM);
    refused("mount cgroup", mount("none", "/box/m", "cgroup2", 0, NULL), EPERM);
    refused("mount overlay", mount("none", "/box/m", "overlay", 0, "lowerdir=/usr,upperdir=/tmp,workdir=/tmp"), EPERM);
    refused("bind", mount("/usr", "/box/m", NULL, MS_BIND | MS_REC, NULL), EPERM);
    refused("remount for writing", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
    refused("move", mount("/proc", "/box/m", NULL, MS_MOVE, NULL), EPERM);
    refused("propagate", mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), EPERM);
    refused("umount", umount2("/proc", MNT_DETACH), EPERM);
    refused("umount /app", umount2("/app", 0), EPERM);
    refused("pivot_root", syscall(SYS_pivot_root, "/box", "/box/m"), EPERM);
    refused("chroot", chroot("/box"), EPERM);
    refused("open_tree", syscall(OPEN_TREE, AT_FDCWD, "/usr", 1), EPERM);
    refused("move_mount", syscall(MOVE_MOUNT, AT_FDCWD, "/usr", AT_FDCWD, "/box/m", 0), EPERM);
    refused("fsopen", syscall(FSOPEN, "tmpfs", 0), EPERM);
    refused("fsconfig", syscall(FSCONFIG, 0, 0, "a", "b", 0), EPERM);
    refused("fsmount", syscall(FSMOUNT, 0, 0, 0), EPERM);
    refused("fspick", syscall(FSPICK, AT_FDCWD, "/", 0), EPERM);
    refused("mount_setattr", syscall(MOUNT_SETATTR, AT_FDCWD, "/usr", 0, (uint64_t[4]){0, 1, 0, 0}, 32), EPERM);
    refused("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "/usr", &handle, &mount_id, 0), EPERM);
    refused("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY), EPERM);
    refused("statmount", syscall(457, NULL, NULL, 0, 0), ENOSYS);
    refused("listmount", syscall(458, NULL, NULL, 0, 0), ENOSYS);
    return conclude();
}
