#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

typedef struct { double x, y; } Point;

static int compare(const void *a, const void *b) {
    const Point *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x;
}

int main(void) {
    char name[32];
    int n;
    if (scanf("%31s %d", name, &n) != 2) return EXIT_FAILURE;
    Point *points = malloc(sizeof *points * (size_t)n);
    for (int i = 0; i < n; i++) points[i] = (Point){sin(i), cos(i)};
    qsort(points, (size_t)n, sizeof *points, compare);
    double sum = 0;
    for (int i = 1; i < n; i++) sum += hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
    printf("%s %zu %.3f\n", name, strlen(name), sum);
    free(points);
    return EXIT_SUCCESS;
}
