/* What the probes share: a line for each attempt, "name ERROR" or "name done". */
#ifndef PROBE_H
#define PROBE_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline const char *outcome(long result) { return result < 0 ? strerrorname_np(errno) : "done"; }

static inline void report(const char *attempt, long result) {
    const char *what = outcome(result);
    printf("%s %s\n", attempt, what);
}

/* Opening a path; what could be opened is closed again. */
static inline void report_open(const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
    report(path, file);
    if (file >= 0) close(file);
}
#endif
