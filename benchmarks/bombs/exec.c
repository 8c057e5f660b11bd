/* Exec storm: eight processes that replace themselves by themselves, as fast as they can. Ten seconds at most. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc == 1) {
        alarm(10); /* it outlives exec, and a child is given one of its own */
        for (int i = 0; i < 3; i++)
            if (fork() == 0) alarm(10);
    }
    execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    return 1;
}
