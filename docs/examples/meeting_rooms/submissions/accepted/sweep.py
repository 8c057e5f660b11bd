# Walks through all beginnings and ends in order of time; at equal times ends come first.
import sys

numbers = list(map(int, sys.stdin.read().split()))
events = sorted([(begin, 1) for begin in numbers[1::2]] + [(end, -1) for end in numbers[2::2]])
rooms = most = 0
for _, change in events:
    rooms += change
    most = max(most, rooms)
print(most)
