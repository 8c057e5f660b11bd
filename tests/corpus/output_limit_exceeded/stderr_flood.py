# Floods standard error, up to 256 MiB: both streams count.
import sys

print("before", flush=True)
line = "the same line over and over\n" * 64
for _ in range((256 << 20) // len(line)):
    sys.stderr.write(line)
