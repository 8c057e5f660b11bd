# A grandchild takes 1 GiB; nobody waits for it, and the program ends well a moment later.
import os
import time

if os.fork() == 0:
    if os.fork() == 0:
        taken = [b"x" * (1 << 20) for _ in range(1024)]
    os._exit(0)
os.wait()
time.sleep(1)
print("contained", flush=True)
os._exit(0)
