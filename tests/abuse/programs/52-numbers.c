/* Calls by numbers that the filter might take for others: of another architecture, of a kernel to come. */
#include "probe.h"
#include <signal.h>

int main(void) {
    static const long numbers[] = {-1, -2, 337, 400, 472, 500, 511, 512, 1000, 9999, 0x3fffffff, 0x7fffffff, 0xffffffffL};
    char what[64];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        snprintf(what, sizeof what, "number %ld", numbers[i]);
        refused(what, syscall(numbers[i], 0, 0, 0, 0), ENOSYS);
    }
#ifdef __x86_64__
    for (long number = 0; number < 600; number++) { /* x32: the same calls with another bit */
        snprintf(what, sizeof what, "x32 %ld", number);
        refused(what, syscall(0x40000000L | number, -1, -1, -1, -1), ENOSYS);
    }
    pid_t child = fork();
    if (child == 0) {
        long result = 20; /* getpid of i386 */
        __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
        _exit(7);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) hole("int 0x80: %#x", status);
#endif
    return conclude();
}
