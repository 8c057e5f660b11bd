# Holds a room for one second too long: beginnings come before ends at equal times.
import sys

numbers = list(map(int, sys.stdin.read().split()))
events = sorted([(begin, 0) for begin in numbers[1::2]] + [(end, 1) for end in numbers[2::2]])
rooms = most = 0
for _, ends in events:
    rooms += -1 if ends else 1
    most = max(most, rooms)
print(most)
