# A child does the work while the parent waits: its time counts all the same.
import os

print("before", flush=True)
if os.fork() == 0:
    count = 0
    while count < 1_000_000_000:
        count += 1
    os._exit(0)
os.wait()
print("after")
