#include <stdio.h>

int main(void) {
    for (int line = 0; line < 500000; line++)
        puts("yes");
}
