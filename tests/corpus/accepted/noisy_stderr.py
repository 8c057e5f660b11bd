# Writes much to standard error beside the answer; it is neither compared nor may it block.
import sys

for line in range(4000):
    print(f"debug: at line {line} of the noise", file=sys.stderr)
print("100")
