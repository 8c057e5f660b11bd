# A tree of processes, 512 leaves at the most; each lives 10 s at the most. Nobody handles the refusal.
import os
import time

begun = time.monotonic()
main = os.getpid()
for _ in range(9):
    os.fork()
if os.getpid() == main:
    print("all were born")
else:
    time.sleep(max(0, 10 - (time.monotonic() - begun)))
