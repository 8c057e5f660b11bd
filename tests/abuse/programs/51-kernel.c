/* Asks for large or dangerous parts of the kernel, with arguments that would do nothing even where they are allowed. */
#include "probe.h"

struct call {
    const char *name;
    long number;
    int error;
    long arguments[5];
};

static const struct call CALLS[] = {
    {"add_key", SYS_add_key, EPERM, {0}},
    {"request_key", SYS_request_key, EPERM, {0}},
    {"keyctl", SYS_keyctl, EPERM, {0, -4, 0}},
    {"bpf", SYS_bpf, EPERM, {0}},
    {"perf_event_open", SYS_perf_event_open, EPERM, {0}},
    {"seccomp", SYS_seccomp, EPERM, {2, 0, 0}},
    {"userfaultfd", SYS_userfaultfd, ENOSYS, {1}},
    {"memfd_secret", 447, ENOSYS, {0}},
    {"io_uring_setup", 425, ENOSYS, {1}},
    {"io_uring_enter", 426, ENOSYS, {-1}},
    {"io_uring_register", 427, ENOSYS, {-1}},
    {"io_setup", SYS_io_setup, ENOSYS, {1}},
    {"io_submit", SYS_io_submit, ENOSYS, {0}},
    {"io_getevents", SYS_io_getevents, ENOSYS, {0}},
    {"io_cancel", SYS_io_cancel, ENOSYS, {0}},
    {"io_destroy", SYS_io_destroy, ENOSYS, {0}},
    {"io_pgetevents", 333, ENOSYS, {0}},
    {"kexec_load", SYS_kexec_load, EPERM, {0, 99, 0, -1}},
    {"kexec_file_load", 320, EPERM, {-1, -1, 0, 0, -1}},
    {"init_module", SYS_init_module, EPERM, {0}},
    {"finit_module", SYS_finit_module, EPERM, {-1}},
    {"delete_module", SYS_delete_module, EPERM, {0}},
    {"reboot", SYS_reboot, EPERM, {0, 0, 0, 0}}, /* without its magic numbers: never done */
    {"swapon", SYS_swapon, EPERM, {0}},
    {"swapoff", SYS_swapoff, EPERM, {0}},
    {"sethostname", SYS_sethostname, EPERM, {0, -1}},
    {"setdomainname", SYS_setdomainname, EPERM, {0, -1}},
    {"settimeofday", SYS_settimeofday, EPERM, {1, 1}},
    {"clock_settime", SYS_clock_settime, EPERM, {99, 0}},
    {"adjtimex", SYS_adjtimex, EPERM, {0}},
    {"clock_adjtime", SYS_clock_adjtime, EPERM, {99, 0}},
    {"acct", SYS_acct, EPERM, {1}},
    {"quotactl", SYS_quotactl, EPERM, {-1}},
    {"quotactl_fd", 443, EPERM, {-1}},
    {"syslog", SYS_syslog, EPERM, {10}},
    {"vhangup", SYS_vhangup, EPERM, {0}},
    {"mbind", SYS_mbind, EPERM, {0}},
    {"set_mempolicy", SYS_set_mempolicy, EPERM, {0}},
    {"ioprio_set", SYS_ioprio_set, EPERM, {1, 0, 0}},
    {"personality", SYS_personality, EPERM, {8}},
    {"landlock_create_ruleset", 444, ENOSYS, {0}},
    {"shmget", SYS_shmget, ENOSYS, {0}},
    {"semget", SYS_semget, ENOSYS, {0}},
    {"msgget", SYS_msgget, ENOSYS, {0}},
    {"mq_open", SYS_mq_open, ENOSYS, {0}},
    {"prctl PR_SET_SECCOMP", SYS_prctl, EPERM, {22}},
    {"prctl PR_SET_MM", SYS_prctl, EPERM, {35}},
    {"prctl PR_SET_TSC", SYS_prctl, EPERM, {26}},
    {"prctl PR_SCHED_CORE", SYS_prctl, EPERM, {62}},
    {"prctl PR_TASK_PERF_EVENTS_DISABLE", SYS_prctl, EINVAL, {31}},
    {"prctl of the future", SYS_prctl, EINVAL, {4000}},
    {"setxattr", SYS_setxattr, EOPNOTSUPP, {0}},
    {"lsetxattr", SYS_lsetxattr, EOPNOTSUPP, {0}},
    {"fsetxattr", SYS_fsetxattr, EOPNOTSUPP, {-1}},
    {"setxattrat", 463, EOPNOTSUPP, {-1}},
    {"huge pages", SYS_mmap, ENOMEM, {0, 4096, 3, 0x40022}},
    {"pages merged with others'", SYS_madvise, EINVAL, {0, 0, 12}},
    {"a memory file of huge pages", SYS_memfd_create, EINVAL, {0, 4}},
#ifdef __x86_64__
    {"iopl", SYS_iopl, EPERM, {0}},
    {"ioperm", SYS_ioperm, EPERM, {0}},
    {"modify_ldt", SYS_modify_ldt, EPERM, {0}},
    {"uselib", SYS_uselib, ENOSYS, {0}},
    {"_sysctl", 156, ENOSYS, {0}},
    {"ustat", SYS_ustat, ENOSYS, {0}},
    {"sysfs", SYS_sysfs, ENOSYS, {3}},
#endif
};

int main(void) {
    for (const struct call *call = CALLS; call < CALLS + sizeof CALLS / sizeof *CALLS; call++) {
        const long *a = call->arguments;
        refused(call->name, syscall(call->number, a[0], a[1], a[2], a[3], a[4]), call->error);
    }
    return conclude();
}
