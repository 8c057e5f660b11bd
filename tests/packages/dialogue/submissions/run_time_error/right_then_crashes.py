import os
import sys

print("! 37", flush=True)
os.close(1)
while sys.stdin.read(1):
    pass
os.abort()
