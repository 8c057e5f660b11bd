// Compiles a submission as `compile gcc ARGUMENT...` says, only faster, and leaves everything in the directory out.
//
// The compiler runs with two additions. Of the headers precompiled below PRECOMPILED it gets the biggest that has nothing
// but what every source itself includes before all else, so that no program sees a header it does not ask for; and it
// links with gold. When all is well, or when the compiler complains about nothing but the submission, that is the result.
// In any other case (a header takes part in the complaint, the linker fails, a tool dies) the compiler runs again, exactly
// as it was asked to, and what it says then is what counts.

#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRECOMPILED "/usr/lib/syncode/precompiled"

enum { HEADERS = 128, NAME = 64, SOURCE = 1 << 16, COMPLAINT = 1 << 16 };

struct headers {
    int count;
    char names[HEADERS][NAME];
};

// What a complaint may not have in it: the path of a header or tool, how a header was reached, where one should be added,
// the linker and the assembler at all.
static const char *const FOREIGN[] = {
    "/usr/", "/tmp/", "In file included from", "#include", "<command-line>", "collect2", "Assembler messages", "internal compiler error",
};

static bool contains(const struct headers *all, const char *name) {
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->names[i], name) == 0) return true;
    return false;
}

// Past white space and comments; NULL at a comment that does not end or has a backslash in it, which may splice lines.
static const char *skip_blanks(const char *at, bool lines) {
    for (;;) {
        while (*at == ' ' || *at == '\t' || (lines && (*at == '\n' || *at == '\r'))) at++;
        const char *end;
        if (at[0] == '/' && at[1] == '/') {
            end = strchr(at, '\n');
        } else if (at[0] == '/' && at[1] == '*') {
            end = strstr(at + 2, "*/");
            if (end != NULL) end += 2;
        } else {
            return at;
        }
        if (end == NULL || memchr(at, '\\', (size_t)(end - at)) != NULL) return NULL;
        at = end;
    }
}

// The headers that a file includes by <name> before it has anything else, as far as that can be told beyond doubt.
static struct headers leading_headers(const char *path) {
    static char text[SOURCE + 1];
    struct headers found = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return found;
    ssize_t size = read(fd, text, SOURCE);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    const char *at = text;
    while (found.count < HEADERS && (at = skip_blanks(at, true)) != NULL && *at == '#') {
        if ((at = skip_blanks(at + 1, false)) == NULL || strncmp(at, "include", 7) != 0) break;
        if ((at = skip_blanks(at + 7, false)) == NULL || *at != '<') break;
        size_t length = strcspn(++at, ">\n");
        if (at[length] != '>' || length >= NAME) break;
        memcpy(found.names[found.count], at, length);
        if ((at = skip_blanks(at + length + 1, false)) == NULL || (*at != '\n' && *at != '\r')) break;
        found.count++;
    }
    return found;
}

static void keep_common(struct headers *all, const struct headers *others) {
    int kept = 0;
    for (int i = 0; i < all->count; i++)
        if (contains(others, all->names[i])) memmove(all->names[kept++], all->names[i], NAME);
    all->count = kept;
}

// The directory of headers precompiled with these very arguments, and what all sources begin with. False if an argument
// may change the meaning of a header: the compiler itself notices macros, but neither -O3 nor -fsanitize=undefined.
static bool understand(char **arguments, char *directory, size_t size, struct headers *common) {
    const char *standard = NULL;
    bool optimized = false, plain = false, debug = false, symbols = false, first = true;
    for (char **at = arguments; *at != NULL; at++) {
        const char *word = *at;
        if (strcmp(word, "-o") == 0 && at[1] != NULL) at++;
        else if (strncmp(word, "-std=", 5) == 0 && standard == NULL) standard = word + 5;
        else if (strcmp(word, "-O2") == 0 && !optimized) optimized = true;
        else if (strcmp(word, "-O0") == 0 && !plain) plain = true;
        else if (strcmp(word, "-Og") == 0 && !debug) debug = true;
        else if (strcmp(word, "-g") == 0 && !symbols) symbols = true;
        else if (strcmp(word, "-fdiagnostics-color=never") == 0 || strcmp(word, "-lm") == 0) continue;
        else if (strcmp(word, "-Wsystem-headers") == 0 || strcmp(word, "-Winvalid-pch") == 0) return false;
        else if (strncmp(word, "-W", 2) == 0 || strncmp(word, "-D", 2) == 0) continue;
        else if (word[0] == '-') return false;
        else {
            struct headers own = leading_headers(word);
            if (first) *common = own;
            else keep_common(common, &own);
            first = false;
        }
    }
    const char *level = "none";
    if (optimized && !plain && !debug && !symbols) level = "release";
    else if (debug && symbols && !optimized && !plain) level = "debug";
    else if (!plain || optimized || debug || symbols) return false;
    return standard != NULL && snprintf(directory, size, "%s/%s/%s", PRECOMPILED, standard, level) < (int)size;
}

// The biggest precompiled header below the directory that has nothing but these headers. False if there is none.
static bool choose(const char *directory, const struct headers *wanted, char *chosen, size_t size) {
    DIR *entries = opendir(directory);
    off_t biggest = 0;
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[512];
        struct stat status;
        int length = snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (length < 4 || length >= (int)sizeof path || strcmp(path + length - 4, ".gch") != 0) continue;
        if (stat(path, &status) != 0 || status.st_size <= biggest) continue;
        path[length - 4] = '\0';
        struct headers content = leading_headers(path);
        int there = 0;
        while (there < content.count && contains(wanted, content.names[there])) there++;
        if (content.count == 0 || there < content.count) continue;
        biggest = status.st_size;
        snprintf(chosen, size, "%s", path);
    }
    if (entries != NULL) closedir(entries);
    return biggest > 0;
}

// Reads to the end what the compiler says. False if it is about more than the submission, or too long to tell.
static bool listen(int fd, char *said, size_t *length) {
    ssize_t got;
    *length = 0;
    while ((got = read(fd, said + *length, COMPLAINT - *length)) > 0) *length += (size_t)got;
    if (*length == COMPLAINT) return false;
    said[*length] = '\0';
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++)
        if (memmem(said, *length, FOREIGN[i], strlen(FOREIGN[i])) != NULL) return false;
    return true;
}

int main(int count, char **arguments) {
    if (count < 2) {
        fputs("usage: compile COMPILER ARGUMENT...\n", stderr);
        return 2;
    }
    mkdir("out", 0777);
    char **plain = arguments + 1, directory[256], header[512];
    char **quick = calloc((size_t)count + 4, sizeof *quick);
    if (quick == NULL) return 2;
    int length = 0;
    quick[length++] = plain[0];
    quick[length++] = "-fuse-ld=gold";
    struct headers common = {0};
    if (understand(plain + 1, directory, sizeof directory, &common) && choose(directory, &common, header, sizeof header)) {
        quick[length++] = "-include";
        quick[length++] = header;
    }
    memcpy(quick + length, plain + 1, (size_t)(count - 2) * sizeof *quick);

    int ends[2];
    pid_t compiler = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (compiler == 0) {
        setpgid(0, 0);
        dup2(ends[1], STDERR_FILENO);
        execvp(quick[0], quick);
        _exit(127);
    }
    if (compiler > 0) {
        static char said[COMPLAINT + 1];
        size_t size;
        int status;
        close(ends[1]);
        bool ours = listen(ends[0], said, &size);
        if (!ours) kill(-compiler, SIGTERM);
        close(ends[0]);
        if (waitpid(compiler, &status, 0) == compiler && ours && WIFEXITED(status) && WEXITSTATUS(status) != 127) {
            for (size_t at = 0; at < size;) {
                ssize_t put = write(STDERR_FILENO, said + at, size - at);
                if (put <= 0) break;
                at += (size_t)put;
            }
            // A compiler that fails without a word has not said what it found.
            if (WEXITSTATUS(status) == 0 || size > 0) return WEXITSTATUS(status);
        }
    }
    execvp(plain[0], plain);
    perror(plain[0]);
    return 127;
}
