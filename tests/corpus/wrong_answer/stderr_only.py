# The right answer, on the wrong stream.
import sys

input()
print(sum(int(word) for word in input().split()), file=sys.stderr)
