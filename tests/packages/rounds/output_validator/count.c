#include <stdio.h>

int main(int argc, char **argv) {
    char path[4096];
    snprintf(path, sizeof path, "%sjudgemessage.txt", argv[3]);
    FILE *given = fopen(argv[1], "r"), *message = fopen(path, "w");
    int rounds, heard;
    if (argc != 4 || given == NULL || message == NULL || fscanf(given, "%d", &rounds) != 1)
        return 1;
    for (int number = 0; number < rounds; number++) {
        printf("%d\n", number);
        fflush(stdout);
        if (scanf("%d", &heard) != 1 || heard != number + 1) {
            fprintf(message, "wrong in round %d", number);
            return 43;
        }
    }
    fputs("all rounds", message);
    return 42;
}
