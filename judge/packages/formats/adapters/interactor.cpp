// Compiled beside an interactor in the manner of testlib, which is called as
//
//     interactor INPUT TRANSCRIPT ANSWER        0 right, 1 wrong, 2 and 4 and 8 wrong in form, else failed
//
// so that it can be called as an interactor of the problem package format is:
//
//     interactor INPUT ANSWER FEEDBACK_DIR/        42 accepts, 43 refuses, else failed
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

char transcript[PATH_MAX], message[PATH_MAX];

[[noreturn]] void give_up(const char *what) {
    fprintf(stderr, "the adapter of this interactor cannot %s: %s\n", what, strerror(errno));
    _exit(failed);
}

void leave(int status, void *) {
    fflush(nullptr);
    unlink(transcript);
    if (status == 0) _exit(accepts);
    if (status == 1 || status == 2 || status == 4 || status == 8) _exit(refuses);
    _exit(status == accepts || status == refuses ? failed : status);
}

__attribute__((constructor(101))) void enter(int argc, char **argv, char **) {
    if (argc < 4) {
        fputs("usage: interactor INPUT ANSWER FEEDBACK_DIR/\n", stderr);
        _exit(failed);
    }
    if (snprintf(transcript, PATH_MAX, "%stranscript.txt", argv[3]) >= PATH_MAX) give_up("name a file");
    if (snprintf(message, PATH_MAX, "%sjudgemessage.txt", argv[3]) >= PATH_MAX) give_up("name a file");
    int file = open(message, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0) give_up("keep its message");
    close(file);
    argv[3] = argv[2];
    argv[2] = transcript;
    if (on_exit(leave, nullptr) != 0) give_up("wait for its end");
}

}  // namespace
