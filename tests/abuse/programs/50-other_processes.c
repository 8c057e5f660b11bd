/* Looks into and changes other processes: init, and a child of its own. */
#include "probe.h"
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static void at(pid_t pid, const char *who) {
    char text[64], what[96];
    struct iovec here = {text, sizeof text}, there = {(void *)(uintptr_t)text, sizeof text};
    static const int requests[] = {PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_PEEKDATA, PTRACE_KILL, PTRACE_CONT};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        snprintf(what, sizeof what, "ptrace %#x of %s", requests[i], who);
        refused(what, syscall(SYS_ptrace, requests[i], pid, 0, 0), EPERM);
    }
    snprintf(what, sizeof what, "memory of %s", who);
    refused(what, syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0), EPERM);
    refused(what, syscall(SYS_process_vm_writev, pid, &here, 1, &there, 1, 0), EPERM);
    refused(what, syscall(SYS_kcmp, pid, getpid(), 0, 0, 0), EPERM);
    refused(what, syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0), EPERM);
    refused(what, syscall(SYS_migrate_pages, pid, 1, NULL, NULL), EPERM);
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    for (int number = 0; number < 8; number++) refused(what, syscall(SYS_pidfd_getfd, handle, number, 0), EPERM);
    refused(what, syscall(SYS_process_madvise, handle, &here, 1, 4, 0), EPERM);
    refused(what, syscall(SYS_process_mrelease, handle, 0), EPERM);
    close(handle);
}

int main(void) {
    refused("PTRACE_TRACEME", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0), EPERM);
    at(1, "init");
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    at(child, "a child");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cannot_open("/proc/1/mem", O_RDWR, ENOENT);
    return conclude();
}
