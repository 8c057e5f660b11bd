/* Waits for 60 s in the way its argument names. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int ends[2];
    char byte;
    if (argc < 2) return 64;
    if (strcmp(argv[1], "closed") == 0)
        for (int descriptor = 0; descriptor < 256; descriptor++) close(descriptor);
    alarm(60);
    if (strcmp(argv[1], "blocked") == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0)
        return (int)read(ends[0], &byte, 1);
    sleep(60);
}
