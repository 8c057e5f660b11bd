#include <stdio.h>

int main(void) { puts("5 5 \xe9"); }
