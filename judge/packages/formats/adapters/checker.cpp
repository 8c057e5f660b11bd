// Compiled beside a checker in the manner of testlib, which is called as
//
//     checker INPUT OUTPUT ANSWER        0 right, 1 wrong, 2 and 4 and 8 wrong in form, 7 points, else failed
//
// so that it can be called as an output validator of the problem package format is:
//
//     validator INPUT ANSWER FEEDBACK_DIR/ < OUTPUT        42 accepts, 43 refuses, else failed
//
// Its main() is left alone: this part runs before it and after it, by a constructor and by on_exit of the GNU C library.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {

constexpr int accepts = 42, refuses = 43, failed = 3;

char output[PATH_MAX], message[PATH_MAX], score[PATH_MAX];

[[noreturn]] void give_up(const char *what) {
    fprintf(stderr, "the adapter of this checker cannot %s: %s\n", what, strerror(errno));
    _exit(failed);
}

void join(char *path, const char *directory, const char *name) {
    if (snprintf(path, PATH_MAX, "%s%s", directory, name) >= PATH_MAX) give_up("name a file");
}

void copy_output() {
    static char block[1 << 16];
    int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) give_up("keep the output");
    for (;;) {
        ssize_t size = read(STDIN_FILENO, block, sizeof block);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) give_up("read the output");
        if (size == 0) break;
        for (ssize_t done = 0; done < size;) {
            ssize_t written = write(file, block + done, static_cast<size_t>(size - done));
            if (written < 0 && errno != EINTR) give_up("keep the output");
            if (written > 0) done += written;
        }
    }
    if (close(file) != 0) give_up("keep the output");
}

// The points that the first line of the message gives: "points 12.5 and why". Below 0: none.
double points_given() {
    double points = -1;
    FILE *file = fopen(message, "re");
    if (file == nullptr) return -1;
    if (fscanf(file, " points %lf", &points) != 1) points = -1;
    fclose(file);
    return points;
}

int verdict(int status) {
    switch (status) {
        case 0:
            return accepts;
        case 1:
        case 2:
        case 4:
        case 8:
            return refuses;
        case 7: {
            double points = points_given();
            if (!(points >= 0)) return failed;
            FILE *file = fopen(score, "we");
            if (file == nullptr || fprintf(file, "%.9g\n", points) < 0 || fclose(file) != 0) return failed;
            return points > 0 ? accepts : refuses;
        }
        default:
            return status == accepts || status == refuses ? failed : status;
    }
}

void leave(int status, void *) {
    fflush(nullptr);
    unlink(output);
    _exit(verdict(status));
}

__attribute__((constructor(101))) void enter(int argc, char **argv, char **) {
    if (argc < 4) {
        fputs("usage: validator INPUT ANSWER FEEDBACK_DIR/ < OUTPUT\n", stderr);
        _exit(failed);
    }
    join(output, argv[3], "output.txt");
    join(message, argv[3], "judgemessage.txt");
    join(score, argv[3], "score.txt");
    copy_output();
    // Checkers speak on standard error.
    int file = open(message, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0) give_up("keep its message");
    close(file);
    argv[3] = argv[2];
    argv[2] = output;
    if (on_exit(leave, nullptr) != 0) give_up("wait for its end");
}

}  // namespace
