/* Looks for devices and terminals. */
#include "probe.h"
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

static const char *const ABSENT[] = {
    "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/loop0", "/dev/loop-control", "/dev/tty",
    "/dev/tty0", "/dev/console", "/dev/ptmx", "/dev/pts", "/dev/net/tun", "/dev/vhost-vsock", "/dev/vsock", "/dev/userfaultfd",
    "/dev/hpet", "/dev/rtc0", "/dev/sda", "/dev/vda", "/dev/nvme0", "/dev/mapper/control", "/dev/dri", "/dev/snd",
    "/dev/input", "/dev/uinput", "/dev/watchdog", "/dev/cpu", "/dev/hugepages", "/dev/mqueue", "/dev/shm/..data", "/dev/initctl",
};
static const char *const PRESENT[] = {".", "..", "null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"};

static int is_present(const char *name) {
    for (size_t i = 0; i < sizeof PRESENT / sizeof *PRESENT; i++)
        if (!strcmp(name, PRESENT[i])) return 1;
    return 0;
}

int main(void) {
    for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++) cannot_open(ABSENT[i], O_RDONLY | O_NOCTTY, ENOENT);
    DIR *devices = opendir("/dev");
    for (struct dirent *entry; devices && (entry = readdir(devices));)
        if (!is_present(entry->d_name)) hole("/dev/%s", entry->d_name);
    const dev_t numbers[] = {makedev(1, 1), makedev(1, 3), makedev(5, 0), makedev(8, 0), makedev(254, 0)};
    static const char *const where[] = {"/box/device", "/tmp/device", "/dev/shm/device"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (size_t place = 0; place < 3; place++) {
            refused("a character device", mknod(where[place], S_IFCHR | 0666, numbers[i]), EPERM);
            refused("a block device", mknodat(AT_FDCWD, where[place], S_IFBLK | 0666, numbers[i]), EPERM);
        }
    for (int number = 0; number < 3; number++) {
        if (isatty(number)) hole("descriptor %d is a terminal", number);
        refused("TIOCSTI", ioctl(number, TIOCSTI, "x"), EPERM);
        refused("TIOCSTI in the lower half", syscall(SYS_ioctl, number, 0x100000000L | TIOCSTI, "x"), EPERM);
        refused("TIOCLINUX", ioctl(number, TIOCLINUX, "x"), EPERM);
        refused("TIOCSETD", ioctl(number, TIOCSETD, &(int){0}), EPERM);
        refused("TIOCSCTTY", ioctl(number, TIOCSCTTY, 1), ENOTTY);
    }
    int null = open("/dev/null", O_RDWR), random = open("/dev/urandom", O_RDONLY);
    refused("entropy for the host", ioctl(random, 0x40085203, "x"), ENOTTY);
    failed("chmod of a device", fchmod(null, 0));
    failed("a device's name", rename("/dev/null", "/dev/zero"));
    failed("another in its place", unlink("/dev/null"));
    return conclude();
}
