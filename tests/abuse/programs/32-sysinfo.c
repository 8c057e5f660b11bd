/* Shows what the kernel tells anybody about the host's memory, load and disks; the test reads it. */
#include "probe.h"
#include <sys/statvfs.h>
#include <sys/sysinfo.h>

int main(void) {
    struct sysinfo about;
    struct statvfs disk;
    if (sysinfo(&about) < 0 || statvfs("/usr", &disk) < 0) return 1;
    fprintf(stderr, "memory %lu\ndisk %lu\n", about.totalram * about.mem_unit, disk.f_blocks * disk.f_frsize);
    return conclude();
}
