/* Makes namespaces of its own, in which it would be root. */
#include "probe.h"
#include <linux/sched.h>
#include <signal.h>
#undef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80

static const struct {
    const char *name;
    unsigned long flag;
} KINDS[] = {
    {"user", 0x10000000}, {"mount", 0x20000},     {"pid", 0x20000000},    {"ipc", 0x8000000}, {"network", 0x40000000},
    {"uts", 0x4000000},   {"cgroup", 0x2000000},  {"time", CLONE_NEWTIME}, {"user and mount", 0x10020000},
    {"user and network", 0x50000000},
};

static void child(long pid) {
    if (pid == 0) _exit(0);
    if (pid > 0) waitpid((pid_t)pid, NULL, __WALL);
}

int main(void) {
    static const char *const own[] = {"user", "mnt", "pid", "ipc", "net", "uts", "cgroup"};
    char what[64];
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        snprintf(what, sizeof what, "unshare %s", KINDS[i].name);
        refused(what, syscall(SYS_unshare, KINDS[i].flag), EPERM);
        if (KINDS[i].flag == CLONE_NEWTIME) continue; /* for clone a part of the signal's number */
        snprintf(what, sizeof what, "clone %s", KINDS[i].name);
        long pid = syscall(SYS_clone, KINDS[i].flag | SIGCHLD, 0, 0, 0, 0);
        child(pid);
        refused(what, pid, EPERM);
    }
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        struct clone_args arguments = {.flags = KINDS[i].flag, .exit_signal = SIGCHLD};
        long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
        child(pid);
        refused("clone3", pid, ENOSYS);
    }
    long sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    child(sibling);
    refused("a child in init's name", sibling, EPERM);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        snprintf(what, sizeof what, "/proc/self/ns/%s", own[i]);
        int space = open(what, O_RDONLY);
        if (space >= 0) refused(what, syscall(SYS_setns, space, 0), EPERM);
        if (space >= 0 && !strcmp(own[i], "user")) failed("NS_GET_PARENT", syscall(SYS_ioctl, space, 0xb702));
    }
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    refused("setns by process", syscall(SYS_setns, self, 0x10000000), EPERM);
    cannot_open("/proc/self/uid_map", O_WRONLY, EROFS);
    cannot_open("/proc/self/setgroups", O_WRONLY, EROFS);
    cannot_open("/proc/sys/user/max_user_namespaces", O_WRONLY, ENOENT);
    return conclude();
}
