#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
int main(void) { char *line = NULL; double s, c; sincos(M_PI, &s, &c); asprintf(&line, "%.2f %.2f", s, c); puts(line); free(line) }
