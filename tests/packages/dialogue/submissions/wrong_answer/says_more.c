#include <stdio.h>

int main(void) { puts("! 37\nthat was easy"); }
