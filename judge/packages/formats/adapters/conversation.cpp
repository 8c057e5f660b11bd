// Makes one interactor of the problem package format of two programs in the manner of testlib: an interactor, called as
//
//     interactor INPUT TRANSCRIPT ANSWER        0 goes on to the checker, 1 wrong, 2 and 4 and 8 wrong in form
//
// and the checker that judges what it wrote, called as
//
//     checker INPUT TRANSCRIPT ANSWER        0 right, 1 wrong, 2 and 4 and 8 wrong in form, 7 points
//
// The one is called as `interactor INPUT ANSWER FEEDBACK_DIR/` and ends with 42 (accepts), 43 (refuses), else failed.
// Both are included here, each in a namespace of its own, and each runs in a process of its own. What they include has
// to be here before, for it would end up in the namespaces.

#include <bits/stdc++.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testlib.h"

namespace interactor_part {
#define main interactor_main
#include "interactor.inc"
#undef main
}  // namespace interactor_part

namespace checker_part {
#define main checker_main
#include "checker.inc"
#undef main
}  // namespace checker_part

namespace {

constexpr int accepts = 42, refuses = 43, failed = 3;

using Main = int (*)(int, char **);

// Programs may declare main() with arguments and without.
int call(int (*program)(int, char **), int argc, char **argv) { return program(argc, argv); }
int call(int (*program)(int, const char **), int argc, char **argv) {
    return program(argc, const_cast<const char **>(argv));
}

[[noreturn]] void give_up(const char *what) {
    fprintf(stderr, "the adapter of this interactor cannot %s: %s\n", what, strerror(errno));
    _exit(failed);
}

// Runs one part in a process of its own and gives its exit code.
template <typename Part>
int outcome(Part part, int argc, char **argv) {
    fflush(nullptr);
    pid_t child = fork();
    if (child < 0) give_up("start a part");
    if (child == 0) exit(call(part, argc, argv));
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) give_up("wait for a part");
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return failed;
}

int verdict(int status) {
    if (status == 0) return accepts;
    if (status == 1 || status == 2 || status == 4 || status == 8) return refuses;
    return status == accepts || status == refuses ? failed : status;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc < 4) {
        fputs("usage: interactor INPUT ANSWER FEEDBACK_DIR/\n", stderr);
        return failed;
    }
    std::string feedback = argv[3], transcript = feedback + "transcript.txt", message = feedback + "judgemessage.txt";
    int file = open(message.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0) give_up("keep its message");
    close(file);
    char *given[] = {argv[0], argv[1], transcript.data(), argv[2], nullptr};
    int status = outcome(interactor_part::interactor_main, 4, given);
    if (status == 0) {
        file = open(message.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0 || dup2(file, STDERR_FILENO) < 0) give_up("keep its message");
        close(file);
        status = outcome(checker_part::checker_main, 4, given);
        if (status == 7) {
            double points = -1;
            std::ifstream said(message);
            std::string word;
            if (!(said >> word >> points) || word != "points" || !(points >= 0)) _exit(failed);
            std::ofstream(feedback + "score.txt") << points << '\n';
            status = points > 0 ? 0 : 1;
        }
    }
    unlink(transcript.c_str());
    _exit(verdict(status));  // testlib fails a process that ends without having been registered
}
