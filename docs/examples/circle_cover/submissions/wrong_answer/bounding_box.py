# Puts the mast into the middle of the bounding box, which is often near and seldom right.
import math
import sys

numbers = list(map(float, sys.stdin.read().split()))
xs, ys = numbers[1::2], numbers[2::2]
centre = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
print(max(math.dist(town, centre) for town in zip(xs, ys)))
