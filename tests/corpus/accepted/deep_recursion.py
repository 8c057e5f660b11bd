# Recurses 50 000 levels deep.
import sys

sys.setrecursionlimit(60_000)


def depth(levels):
    return 0 if levels == 0 else 1 + depth(levels - 1)


print(depth(50_000) * 4)
