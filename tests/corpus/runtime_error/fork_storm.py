# Starts children until the system refuses one; nobody catches the error. At most 500.
import os
import time

print("before", flush=True)
for _ in range(500):
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
