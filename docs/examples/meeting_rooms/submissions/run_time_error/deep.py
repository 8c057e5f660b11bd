# Recurses once for every meeting, deeper than Python allows.
import bisect
import sys


def busiest(position):
    if position == len(begins):
        return 0
    return max(position + 1 - bisect.bisect_right(ends, begins[position]), busiest(position + 1))


numbers = list(map(int, sys.stdin.read().split()))
begins, ends = sorted(numbers[1::2]), sorted(numbers[2::2])
print(busiest(0))
