/* Looks for descriptors that somebody forgot to close, and at what the three that it has can do. */
#include "probe.h"

int main(void) {
    for (int number = 3; number < 65536; number++)
        if (fcntl(number, F_GETFD) >= 0) hole("descriptor %d is open", number);
    static const int modes[] = {O_RDONLY, O_WRONLY, O_WRONLY};
    for (int number = 0; number < 3; number++) {
        struct stat about;
        if (fstat(number, &about) < 0 || (fcntl(number, F_GETFL) & O_ACCMODE) != modes[number]) hole("descriptor %d", number);
        if (number ? !S_ISFIFO(about.st_mode) : !S_ISREG(about.st_mode)) hole("descriptor %d is of mode %o", number, about.st_mode);
        if (fchdir(number) == 0 || openat(number, "..", O_PATH) >= 0) hole("descriptor %d leads somewhere", number);
    }
    return conclude();
}
