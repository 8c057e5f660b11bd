/* Emptying the scratch of a container, where it outlives a case. Included by case.h.
 *
 * All of it is the program's, and it is emptied as the program's user, which is allowed there exactly what the program
 * was: whatever lies in it, nothing else can be touched. Nobody is left who could change it meanwhile. */
#ifndef SYNCODE_SCRATCH_H
#define SYNCODE_SCRATCH_H
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "protocol.h"

struct entry { /* struct linux_dirent64 */
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t kind;
    char name[];
};

/* From now on what is done is done as that user; 0 again is the container's root, which stays the saved id. Of that
 * user's processes none has begun to be a submission's meanwhile. */
static void act_as(uint32_t uid, uint32_t gid) {
    if (uid == 0 && setresuid(0, 0, (uid_t)-1) < 0) fail(PLACE_PRIVILEGES);
    if (setresgid(gid, gid, (gid_t)-1) < 0) fail(PLACE_PRIVILEGES);
    if (uid != 0 && setresuid(uid, uid, (uid_t)-1) < 0) fail(PLACE_PRIVILEGES);
}

static int open_directory(int at, const char *name) {
    if (fchmodat(at, name, 0700, 0) < 0) return -1; /* nothing is a link here: a directory, or a place we mount */
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Calls `act` for every name in the directory; how many there were. */
static unsigned each(int directory, int top, void (*act)(int directory, const char *name, int top)) {
    _Alignas(struct entry) char buffer[4096];
    unsigned count = 0;
    if (lseek(directory, 0, SEEK_SET) < 0) fail(PLACE_FILES);
    for (;;) {
        long got = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
        if (got < 0) fail(PLACE_FILES);
        if (got == 0) return count;
        for (long at = 0; at < got;) {
            const struct entry *entry = (const struct entry *)(buffer + at);
            at += entry->size;
            if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
            act(directory, entry->name, top);
            count++;
        }
    }
}

static unsigned moved; /* so many directories, each to a name of its own */

/* Removes a file, and puts a directory beside those at the top, so that no depth is too deep. */
static void flatten(int directory, const char *name, int top) {
    char place[16];
    if (unlinkat(directory, name, 0) == 0) return;
    if (errno != EISDIR || fchmodat(directory, name, 0700, 0) < 0) fail(PLACE_FILES);
    do snprintf(place, sizeof place, ".%u", moved++);
    while (renameat(directory, name, top, place) < 0 && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR));
    if (faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = ENOTEMPTY;
        fail(PLACE_FILES);
    }
}

/* Removes a name at the top; what a directory holds comes to the top in its place. */
static void clear_name(int directory, const char *name, int top) {
    if (unlinkat(directory, name, 0) == 0) return;
    int inner = errno == EISDIR ? open_directory(directory, name) : -1;
    if (inner < 0) fail(PLACE_FILES);
    while (each(inner, top, flatten) > 0) continue;
    close(inner);
    if (unlinkat(directory, name, AT_REMOVEDIR) < 0) fail(PLACE_FILES);
}

/* Its top is made as it was: a program could leave a word there too. */
static void forget_attributes(int top) {
    char names[4096];
    const struct timespec epoch[2] = {{0}};
    ssize_t size;
    while ((size = flistxattr(top, names, sizeof names)) > 0)
        for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1)
            if (fremovexattr(top, names + at) < 0) fail(PLACE_FILES);
    if ((size < 0 && errno != EOPNOTSUPP) || fchmod(top, 0700) < 0 || futimens(top, epoch) < 0) fail(PLACE_FILES);
}

static void empty_scratch(uint32_t uid, uint32_t gid) {
    static const char *const places[] = {"/box", "/tmp", "/dev/shm"};
    act_as(uid, gid);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int top = open_directory(AT_FDCWD, places[i]);
        if (top < 0) fail(PLACE_FILES);
        while (each(top, top, clear_name) > 0) continue;
        forget_attributes(top);
        close(top);
    }
    act_as(0, 0);
}

#endif
