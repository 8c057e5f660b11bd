/* Dies in a way that leaves a core file, after asking for one. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct rlimit endless = {RLIM_INFINITY, RLIM_INFINITY};
    int status;
    if (argc < 2) return 64;
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (setrlimit(RLIMIT_CORE, &endless) == 0) puts("core files are allowed");
    if (strcmp(argv[1], "itself") == 0) abort();
    if (fork() == 0) abort();
    wait(&status);
    if (!WIFSIGNALED(status)) return 65;
    DIR *here = opendir(".");
    struct dirent *entry;
    while (here && (entry = readdir(here)))
        if (strstr(entry->d_name, "core")) puts(entry->d_name);
    /* bit 7 says that a core was dumped; with a pipe for a pattern it may be set though nothing was kept */
    puts(WCOREDUMP(status) ? "dumped" : "contained");
}
