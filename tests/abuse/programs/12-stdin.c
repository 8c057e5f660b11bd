/* Does with its input what its argument names, and reads none of it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    if (strcmp(argv[1], "closed") == 0) close(0);
    if (strcmp(argv[1], "one_byte") == 0 && getchar() == EOF) return 65;
    puts("contained");
}
