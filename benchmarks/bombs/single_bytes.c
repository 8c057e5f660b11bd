/* Writes single bytes to both streams, a system call each. Ten seconds at most. */
#include <unistd.h>

int main(void) {
    alarm(10);
    for (int stream = 1;; stream = 3 - stream)
        if (write(stream, "x", 1) < 0) return 1;
}
