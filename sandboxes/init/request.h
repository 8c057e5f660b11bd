/* Reading the request and filling the box: everything in init that takes bytes apart. Included by init.c, and by
 * fuzz.c, which hands it bytes that no engine would send. Whoever includes this defines fail() first. */
#ifndef SYNCODE_REQUEST_H
#define SYNCODE_REQUEST_H
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol.h"

/* ---- the request: a bounded reader over the mapped memory file ---------------------------------------------- */

struct reader {
    const unsigned char *at, *end;
};

static const void *take(struct reader *reader, size_t size) {
    if (size > (size_t)(reader->end - reader->at)) {
        errno = EBADMSG;
        fail(PLACE_REQUEST);
    }
    const void *taken = reader->at;
    reader->at += size;
    return taken;
}

static uint32_t take_u32(struct reader *reader) {
    uint32_t number;
    memcpy(&number, take(reader, sizeof number), sizeof number);
    return number;
}

static uint64_t take_u64(struct reader *reader) {
    uint64_t number;
    memcpy(&number, take(reader, sizeof number), sizeof number);
    return number;
}

/* A string is its length with the final NUL, then its bytes; a NUL inside or a missing one at the end is refused. */
static char *take_string(struct reader *reader) {
    uint32_t size = take_u32(reader);
    char *string = (char *)take(reader, size);
    if (size == 0 || memchr(string, 0, size) != string + size - 1) {
        errno = EBADMSG;
        fail(PLACE_REQUEST);
    }
    return string;
}

static void take_strings(struct reader *reader, char **strings, uint32_t most) {
    uint32_t count = take_u32(reader);
    if (count > most) {
        errno = E2BIG;
        fail(PLACE_REQUEST);
    }
    for (uint32_t i = 0; i < count; i++) strings[i] = take_string(reader);
    strings[count] = NULL;
}

/* ---- filling the box ---------------------------------------------------------------------------------------- */

/* Paths come from the engine, which has checked them; here they only must not leave /box by accident: every segment
 * has a name, and none is "." or "..". */
static void check_path(const char *path) {
    int good = strlen(path) < PATH_MAX;
    for (const char *segment = path; good; segment += strcspn(segment, "/") + 1) {
        size_t length = strcspn(segment, "/");
        good = length > 0 && strncmp(segment, "..", length > 2 ? length : 2) != 0 && !(length == 1 && *segment == '.');
        if (!segment[length]) break;
    }
    if (!good) {
        errno = EINVAL;
        fail(PLACE_FILES);
    }
}

static void own(int directory, const char *name, const struct request_head *head) {
    if (fchownat(directory, name, head->uid, head->gid, AT_SYMLINK_NOFOLLOW) < 0) fail(PLACE_FILES);
}

static void make_parents(int box, const char *path, const struct request_head *head) {
    char parent[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        memcpy(parent, path, length);
        parent[length] = 0;
        if (mkdirat(box, parent, 0755) == 0)
            own(box, parent, head);
        else if (errno != EEXIST)
            fail(PLACE_FILES);
    }
}

static void write_files(int box, struct reader *reader, const struct request_head *head) {
    for (uint32_t i = 0; i < head->files; i++) {
        const char *path = take_string(reader);
        uint64_t size = take_u64(reader);
        const unsigned char *content = take(reader, size);
        check_path(path);
        make_parents(box, path, head);
        int file = openat(box, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (file < 0) fail(PLACE_FILES);
        while (size > 0) {
            ssize_t written = write(file, content, size);
            if (written <= 0) fail(PLACE_FILES);
            content += written;
            size -= (uint64_t)written;
        }
        if (fchown(file, head->uid, head->gid) < 0) fail(PLACE_FILES);
        close(file);
    }
}

static void make_links(int box, struct reader *reader, const struct request_head *head) {
    char target[PATH_MAX];
    for (uint32_t i = 0; i < head->links; i++) {
        const char *path = take_string(reader);
        check_path(path);
        if (strlen(path) + sizeof ARTEFACT_SOURCES > sizeof target) {
            errno = ENAMETOOLONG;
            fail(PLACE_FILES);
        }
        make_parents(box, path, head);
        stpcpy(stpcpy(target, ARTEFACT_SOURCES), path);
        if (symlinkat(target, box, path) < 0) fail(PLACE_FILES);
    }
}

/* ---- the whole of it ------------------------------------------------------------------------------------------ */

/* Takes the head and the filter, checks them, and leaves the reader at the files. */
static const struct request_head *take_head(struct reader *reader, const struct sock_filter **filter) {
    const struct request_head *head = take(reader, sizeof *head);
    if (head->magic != REQUEST_MAGIC || head->version != PROTOCOL_VERSION || head->uid == 0 || head->gid == 0) {
        errno = EBADMSG;
        fail(PLACE_REQUEST);
    }
    if (head->filter_length > BPF_MAXINSNS) {
        errno = E2BIG;
        fail(PLACE_REQUEST);
    }
    *filter = take(reader, head->filter_length * sizeof **filter);
    return head;
}

static void take_step(struct reader *reader, char **step) {
    take_strings(reader, step, MOST_STRINGS);
    if (!step[0]) {
        errno = EBADMSG;
        fail(PLACE_REQUEST);
    }
}

#endif
