/* Reads what /proc tells about the host and about others. */
#include "probe.h"
#include <dirent.h>

static const char *const HIDDEN[] = {
    "asound", "buddyinfo", "bus", "cgroups", "cmdline", "config.gz", "consoles", "cpuinfo", "crypto", "devices",
    "diskstats", "driver", "filesystems", "fs", "interrupts", "iomem", "ioports", "irq", "kallsyms", "kcore", "key-users",
    "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "loadavg", "locks", "meminfo", "misc", "modules", "mounts",
    "net", "pagetypeinfo", "partitions", "sched_debug", "schedstat", "scsi", "self/../loadavg", "slabinfo", "softirqs",
    "stat", "swaps", "sys", "sys/kernel/random/boot_id", "sysrq-trigger", "sysvipc", "timer_list", "tty", "uptime",
    "version", "version_signature", "vmallocinfo", "vmstat", "zoneinfo",
};

static const char *const OF_INIT[] = {"", "/cmdline", "/environ", "/fd", "/maps", "/mem", "/root", "/cwd", "/ns/net", "/status"};

static void nobody_else(void) {
    char own[32];
    snprintf(own, sizeof own, "%d", getpid());
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        const char *name = entry->d_name;
        if (*name != '.' && strcmp(name, own) && strcmp(name, "self") && strcmp(name, "thread-self"))
            hole("/proc/%s is there", name);
    }
}

static void no_frame_numbers(void) {
    uint64_t entry;
    int pagemap = open("/proc/self/pagemap", O_RDONLY);
    off_t place = (off_t)((uintptr_t)&entry / (uintptr_t)sysconf(_SC_PAGESIZE) * sizeof entry);
    if (pread(pagemap, &entry, sizeof entry, place) == (ssize_t)sizeof entry && (entry & 0x7fffffffffffffULL))
        hole("the frame number of a page is shown");
}

static void only_loopback(void) {
    char line[512];
    FILE *devices = fopen("/proc/self/net/dev", "r");
    for (int number = 0; devices && fgets(line, sizeof line, devices); number++)
        if (number > 1 && !strstr(line, " lo:")) hole("there is a network interface: %s", line);
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6", "raw", "packet", "netlink", "route", "arp"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(line, sizeof line, "/proc/self/net/%s", tables[i]);
        FILE *table = fopen(line, "r");
        for (int number = 0; table && fgets(line, sizeof line, table); number++)
            /* the kernel has netlink sockets of its own, of process 0, in every network namespace */
            if (number > 0 && strcmp(tables[i], "netlink")) hole("/proc/self/net/%s: %s", tables[i], line);
    }
}

int main(void) {
    char path[256];
    for (size_t i = 0; i < sizeof HIDDEN / sizeof *HIDDEN; i++) {
        snprintf(path, sizeof path, "/proc/%s", HIDDEN[i]);
        cannot_open(path, O_RDONLY, ENOENT);
    }
    for (size_t i = 0; i < sizeof OF_INIT / sizeof *OF_INIT; i++) {
        snprintf(path, sizeof path, "/proc/1%s", OF_INIT[i]);
        cannot_open(path, O_RDONLY, ENOENT);
    }
    nobody_else();
    no_frame_numbers();
    only_loopback();
    return conclude();
}
