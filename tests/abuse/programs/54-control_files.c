/* Writes to files by which a kernel is governed. */
#include "probe.h"

static const char *const ABSENT[] = {
    "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/cgroup",
    "/sys/kernel/uevent_helper", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/debug", "/sys/power/state",
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches",
    "/proc/sys/fs/binfmt_misc/register", "/proc/sys/kernel/ns_last_pid", "/proc/sysrq-trigger", "/proc/acpi", "/proc/irq",
    "/sys/fs/bpf", "/sys/class/net",
};
static const char *const OWN[] = {"oom_score_adj", "oom_adj", "coredump_filter", "clear_refs", "loginuid", "timens_offsets",
                                  "gid_map", "projid_map", "autogroup", "comm", "attr/current", "sched", "timerslack_ns"};

int main(void) {
    char path[128], line[4096];
    for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++) cannot_open(ABSENT[i], O_WRONLY, ENOENT);
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
        snprintf(path, sizeof path, "/proc/self/%s", OWN[i]);
        int file = open(path, O_WRONLY | O_CLOEXEC);
        if (file >= 0 || (errno != EROFS && errno != EACCES && errno != ENOENT)) hole("%s may be written", path);
        if (file >= 0) close(file);
    }
    FILE *mounts = fopen("/proc/self/mounts", "r");
    while (mounts && fgets(line, sizeof line, mounts)) {
        char type[64] = "";
        sscanf(line, "%*s %*s %63s", type);
        static const char *const never[] = {"cgroup", "cgroup2", "sysfs", "debugfs", "tracefs", "securityfs", "devpts", "mqueue",
                                            "bpf", "fusectl", "configfs", "binfmt_misc", "hugetlbfs", "pstore", "efivarfs"};
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
            if (!strcmp(type, never[i])) hole("mounted: %s", line);
    }
    return conclude();
}
