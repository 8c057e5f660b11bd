/* Ends well with a part of the answer, before anything else has its say. */
#include "probe.h"

__attribute__((constructor)) static void first(void) {
    if (write(1, "contain", 7)) _exit(0);
}

int main(void) { return 1; }
