/* Writes byte by byte, a system call each, up to 16 MiB. */
#include <unistd.h>

int main(void) {
    if (write(1, "before\n", 7) != 7) return 1;
    for (int i = 0; i < 16 << 20; i++) {
        if (write(1, "x", 1) != 1) return 1;
    }
    return 0;
}
