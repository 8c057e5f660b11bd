# Right, but sits through the first meeting before it answers, at a million times its speed: no work, and no end either.
import sys
import time

numbers = list(map(int, sys.stdin.read().split()))
time.sleep((numbers[2] - numbers[1]) / 1_000_000)
events = sorted([(begin, 1) for begin in numbers[1::2]] + [(end, -1) for end in numbers[2::2]])
rooms = most = 0
for _, change in events:
    rooms += change
    most = max(most, rooms)
print(most)
