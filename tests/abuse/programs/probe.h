/* What the probes share: attempts that must fail, and the last word of whoever was contained. */
#ifndef PROBE_H
#define PROBE_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int holes;

/* Something that should not be possible was. */
__attribute__((format(printf, 1, 2), unused)) static void hole(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    holes++;
}

/* An attempt whose result must be this error. */
__attribute__((unused)) static void refused(const char *attempt, long result, int error) {
    if (result >= 0)
        hole("%s: done", attempt);
    else if (errno != error)
        hole("%s: %s, not %s", attempt, strerrorname_np(errno), strerrorname_np(error));
}

/* An attempt that must fail, whatever the reason. */
__attribute__((unused)) static void failed(const char *attempt, long result) {
    if (result >= 0) hole("%s: done", attempt);
}

__attribute__((unused)) static void cannot_open(const char *path, int flags, int error) {
    int file = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
    refused(path, file, error);
    if (file >= 0) close(file);
}

/* The end of every probe. */
__attribute__((unused)) static int conclude(void) {
    if (!holes) puts("contained");
    return 0;
}
#endif
