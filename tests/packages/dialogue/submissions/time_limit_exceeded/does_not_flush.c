#include <stdio.h>

int main(void) {
    printf("? 50");
    return getchar() == EOF;
}
