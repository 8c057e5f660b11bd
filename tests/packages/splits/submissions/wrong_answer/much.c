#include <stdio.h>

int main(void) {
    for (int line = 0; line < 400000; line++)
        puts("5 5");
}
