#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#define NULL 0x
#define main start
#define malloc(n) own(n)
static void *own(int n) { return malloc(n); }
int main(void) { void *p = NULL; return p == own(3); }
