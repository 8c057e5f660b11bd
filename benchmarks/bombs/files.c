/* File churn: makes, writes, renames, links and removes files and directories, and asks for names that are not there. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    char name[64];
    alarm(10);
    (void)!fork();
    (void)!fork();
    if (chdir("/tmp") < 0) return 1;
    snprintf(name, sizeof name, "d%d", getpid());
    if (mkdir(name, 0700) < 0 || chdir(name) < 0) return 1;
    alarm(10);
    for (unsigned long round = 0;; round++) {
        int file = open("a", O_CREAT | O_WRONLY | O_TRUNC, 0600);
        if (file < 0 || write(file, name, sizeof name) < 0) return 1;
        close(file);
        if (rename("a", "b") < 0 || symlink("b", "c") < 0 || mkdir("d", 0700) < 0) return 1;
        (void)unlink("b");
        (void)unlink("c");
        (void)rmdir("d");
        snprintf(name, sizeof name, "missing-%lu", round);
        (void)access(name, F_OK);
    }
}
