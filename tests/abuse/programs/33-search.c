/* Looks for a secret in everything that can be seen: names, links, attributes and contents of the whole tree, and for
 * what should not be in an image or beside it. Its argument is the secret, each byte with a bit turned, in hexadecimal,
 * so that it does not find itself. */
#include "probe.h"
#include <dirent.h>
#include <sys/xattr.h>

enum { BLOCK = 1 << 20, MOST_ENTRIES = 200000, MOST_DEPTH = 40 };

static char secret[256], block[BLOCK + sizeof secret];
static size_t length;
static long entries;

static int holds(const void *text, size_t size) { return memmem(text, size, secret, length) != NULL; }

static void read_all(int file, const char *path) {
    size_t kept = 0;
    long most = strncmp(path, "/proc/", 6) ? 1 << 14 : 16; /* blocks; some of /proc never ends */
    for (ssize_t size; most-- > 0 && (size = read(file, block + kept, BLOCK)) > 0;) {
        size_t all = kept + (size_t)size;
        if (holds(block, all)) hole("the secret stands in %s", path);
        kept = all < length ? all : length - 1;
        memmove(block, block + all - kept, kept);
    }
}

static void look_at(int directory, const char *name, const char *path, const struct stat *about) {
    static char value[1 << 16];
    ssize_t size;
    if (S_ISLNK(about->st_mode) && (size = readlinkat(directory, name, value, sizeof value)) > 0 && holds(value, (size_t)size))
        hole("the link %s leads to the secret", path);
    if (S_ISSOCK(about->st_mode) || S_ISFIFO(about->st_mode) || S_ISBLK(about->st_mode)) hole("%s: what is this?", path);
    if (S_ISCHR(about->st_mode) && strncmp(path, "/dev/", 5)) hole("%s is a device", path);
    if (S_ISREG(about->st_mode) && about->st_mode & (S_ISUID | S_ISGID)) hole("%s gives somebody's rights", path);
    if (!S_ISLNK(about->st_mode) && getxattr(path, "security.capability", value, sizeof value) >= 0) hole("%s has capabilities", path);
    if (!S_ISLNK(about->st_mode) && (size = listxattr(path, value, sizeof value)) > 0 && holds(value, (size_t)size)) hole("%s: attributes", path);
    if (S_ISREG(about->st_mode)) {
        int file = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
        if (file >= 0) read_all(file, path);
        if (file >= 0) close(file);
    }
}

static void walk(int directory, const char *where, int depth) {
    char path[4096];
    DIR *listed = fdopendir(directory);
    for (struct dirent *entry; listed && (entry = readdir(listed));) {
        struct stat about;
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..") || entries++ > MOST_ENTRIES) continue;
        snprintf(path, sizeof path, "%s/%s", where, name);
        if (holds(path, strlen(path))) hole("the secret is a name: %s", path);
        /* its own memory holds the secret, and what it has mapped is looked at elsewhere */
        if (!strncmp(where, "/proc", 5) && (!strcmp(name, "mem") || !strcmp(name, "pagemap") || !strcmp(name, "map_files"))) continue;
        if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) < 0) continue;
        look_at(directory, name, path, &about);
        if (!S_ISDIR(about.st_mode) || depth >= MOST_DEPTH) continue;
        int below = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (below >= 0) walk(below, path, depth + 1);
    }
    if (listed) closedir(listed);
}

int main(int argc, char **argv) {
    const char *hexadecimal = argc > 1 ? argv[1] : "";
    for (unsigned byte; length < sizeof secret - 1 && sscanf(hexadecimal + 2 * length, "%2x", &byte) == 1; length++)
        secret[length] = (char)(byte ^ 0x80);
    if (length < 8) return 1;
    walk(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0);
    if (entries < 100 || entries > MOST_ENTRIES) hole("only %ld names were looked at", entries);
    return conclude();
}
