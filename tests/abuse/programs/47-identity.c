/* Becomes somebody else, or something more. */
#include "probe.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

static const char *const MOUNTS[] = {"/usr", "/etc", "/app", "/box", "/tmp", "/dev/shm", "/proc", "/.init"};

static void no_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2], want[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    if (syscall(SYS_capget, &header, have) < 0) hole("capget");
    for (int i = 0; i < 2; i++)
        if (have[i].effective | have[i].permitted | have[i].inheritable) hole("there are capabilities");
    failed("capset", syscall(SYS_capset, &header, want));
    for (int capability = 0; capability <= 40; capability++)
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) hole("capability %d may be gained", capability);
    failed("an ambient capability", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
}

/* A copy of a program that says who runs it, with the bit that makes it run as its owner. */
static void no_gain_from_files(void) {
    failed("chown to root", chown("/box", 0, 0));
    failed("chown to nobody", chown("/box", 65534, 65534));
    int copy = open("/box/gain", O_CREAT | O_WRONLY, 0700);
    close(copy);
    if (chmod("/box/gain", 06755) < 0) hole("chmod");
    failed("chown of it", chown("/box/gain", 0, (gid_t)-1));
}

int main(void) {
    static const uid_t others[] = {0, 1, 65534, 70000, 4294967294U};
    uid_t real, effective, saved;
    if (getresuid(&real, &effective, &saved) < 0 || real != 1000 || effective != 1000 || saved != 1000) hole("user %u", real);
    if (getgroups(0, NULL) != 0) hole("there are groups");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        failed("setuid", syscall(SYS_setuid, others[i]));
        failed("setgid", syscall(SYS_setgid, others[i]));
        failed("setresuid", syscall(SYS_setresuid, others[i], others[i], others[i]));
        failed("setresgid", syscall(SYS_setresgid, others[i], others[i], others[i]));
        failed("setgroups", syscall(SYS_setgroups, 1, &others[i]));
        syscall(SYS_setfsuid, others[i]);
        if ((uid_t)syscall(SYS_setfsuid, -1) != 1000) hole("setfsuid %u", others[i]);
    }
    no_capabilities();
    no_gain_from_files();
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) hole("programs may gain privileges");
    failed("PR_SET_NO_NEW_PRIVS 0", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    failed("PR_SET_KEEPCAPS and root", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ? -1 : setuid(0));
    failed("securebits", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
    for (size_t i = 0; i < sizeof MOUNTS / sizeof *MOUNTS; i++) {
        struct statvfs about;
        if (statvfs(MOUNTS[i], &about) < 0 || !(about.f_flag & ST_NOSUID) || !(about.f_flag & ST_NODEV))
            hole("%s is mounted with flags %#lx", MOUNTS[i], about.f_flag);
        int writable = i >= 3 && i <= 5;
        if (!(about.f_flag & ST_RDONLY) != writable) hole("%s: read-only is %d", MOUNTS[i], !writable);
    }
    failed("a nicer value", setpriority(PRIO_PROCESS, 0, -20));
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    for (int resource = 0; resource < (int)RLIM_NLIMITS; resource++) {
        struct rlimit old;
        getrlimit(resource, &old);
        if (old.rlim_max != RLIM_INFINITY) failed("a higher limit", setrlimit(resource, &limit));
    }
    return conclude();
}
