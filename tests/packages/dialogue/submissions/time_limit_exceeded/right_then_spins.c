#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("! 37");
    fflush(stdout);
    close(1);
    for (;;)
        ;
}
