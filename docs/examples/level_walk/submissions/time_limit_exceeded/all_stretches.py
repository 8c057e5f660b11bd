# Tries every stretch.
count = int(input())
steps = [1 if step == "U" else -1 for step in input().strip()]
level = 0
for first in range(count):
    height = 0
    for last in range(first, count):
        height += steps[last]
        level += height == 0
print(level)
