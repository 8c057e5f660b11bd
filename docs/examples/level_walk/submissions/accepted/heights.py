# Two moments at the same height enclose a level stretch: count how often each height was reached before.
from collections import Counter

input()
seen = Counter([0])
height = level = 0
for step in input().strip():
    height += 1 if step == "U" else -1
    level += seen[height]
    seen[height] += 1
print(level)
