/* Two sides of a conversation of N rounds: `talk repeat`, `talk FILE ...` (an interactor; N is in the file), and
 * `talk pair N`, which is both, joined by pipes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int repeat(void) {
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        fputs(line, stdout);
        fflush(stdout);
    }
    return 0;
}

static int ask(int rounds) {
    char line[64];
    for (int i = 0; i < rounds; i++) {
        printf("%d\n", i);
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin) || atoi(line) != i) return 43;
    }
    return 42;
}

static int pair(int rounds) {
    int there[2], back[2], status;
    if (pipe(there) || pipe(back)) return 1;
    if (fork() == 0) {
        dup2(there[0], 0);
        dup2(back[1], 1);
        close(there[0]), close(there[1]), close(back[0]), close(back[1]);
        return repeat();
    }
    dup2(back[0], 0);
    dup2(there[1], 1);
    close(there[0]), close(there[1]), close(back[0]), close(back[1]);
    int verdict = ask(rounds);
    fclose(stdout);
    wait(&status);
    return verdict == 42 ? 0 : 1;
}

int main(int argc, char **argv) {
    int rounds = 0;
    if (argc == 2 && strcmp(argv[1], "repeat") == 0) return repeat();
    if (argc == 3 && strcmp(argv[1], "pair") == 0) return pair(atoi(argv[2]));
    FILE *input = argc > 1 ? fopen(argv[1], "r") : NULL;
    return input && fscanf(input, "%d", &rounds) == 1 ? ask(rounds) : 1;
}
