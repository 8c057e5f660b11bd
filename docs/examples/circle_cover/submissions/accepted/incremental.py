# Adds the towns in random order; a town outside the circle must lie on the edge of the next one.
import math
import random
import sys


def around_two(a, b):
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, math.dist(a, b) / 2


def around_three(a, b, c):
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    area = 2 * (bx * cy - by * cx)
    x = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / area
    y = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / area
    return a[0] + x, a[1] + y, math.hypot(x, y)


def outside(town, circle):
    return math.dist(town, circle[:2]) > circle[2] + 1e-9


numbers = list(map(float, sys.stdin.read().split()))
towns = list(zip(numbers[1::2], numbers[2::2]))
random.Random(7).shuffle(towns)

circle = (*towns[0], 0.0)
for i, a in enumerate(towns):
    if outside(a, circle):
        circle = (*a, 0.0)
        for j, b in enumerate(towns[:i]):
            if outside(b, circle):
                circle = around_two(a, b)
                for c in towns[:j]:
                    if outside(c, circle):
                        circle = around_three(a, b, c)
print(circle[2])
