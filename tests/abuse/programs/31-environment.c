/* Shows its environment; the test reads it. */
#include "probe.h"

extern char **environ;

int main(void) {
    for (char **variable = environ; *variable; variable++) fprintf(stderr, "%s\n", *variable);
    return conclude();
}
