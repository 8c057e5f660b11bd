/* Stops itself, or what started it, or all of its kind, and waits 60 s at the most. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    if (strcmp(argv[1], "parent") == 0) {
        kill(getppid(), SIGSTOP);
        kill(getppid(), SIGTSTP);
        sleep(60);
    }
    if (strcmp(argv[1], "all") == 0) {
        for (int i = 0; i < 8; i++)
            if (fork() == 0) {
                sleep(60);
                _exit(0);
            }
        kill(-1, SIGSTOP);
    }
    raise(SIGSTOP);
    sleep(60);
}
