# The right circle, but rounded to two digits: more than the tolerance forgives.
import math
import random
import sys

numbers = list(map(float, sys.stdin.read().split()))
towns = [complex(x, y) for x, y in zip(numbers[1::2], numbers[2::2])]
random.Random(7).shuffle(towns)


def outside(town, centre, radius):
    return abs(town - centre) > radius + 1e-9


centre, radius = towns[0], 0.0
for i, a in enumerate(towns):
    if outside(a, centre, radius):
        centre, radius = a, 0.0
        for j, b in enumerate(towns[:i]):
            if outside(b, centre, radius):
                centre, radius = (a + b) / 2, abs(a - b) / 2
                for c in towns[:j]:
                    if outside(c, centre, radius):
                        p, q = b - a, c - a
                        shift = (q * abs(p) ** 2 - p * abs(q) ** 2) / (p.conjugate() * q - p * q.conjugate())
                        centre, radius = a + shift, abs(shift)
print(f"{radius:.2f}")
