/* Grandchildren that nobody waits for use up CPU time, 20 s at the most; the program itself rests, or leaves. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            if (fork()) _exit(0);
            setsid();
            alarm(20);
            for (;;) continue;
        }
    if (strcmp(argv[1], "stay") == 0) sleep(20);
    puts("contained");
}
