# A grandchild takes 1 GiB; nobody asks how it ended, and the program ends well once it is gone, or after 10 s.
import os
import signal

gone, alive = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        taken = [b"x" * (1 << 20) for _ in range(1024)]
    os._exit(0)
os.close(alive)
signal.alarm(10)
os.read(gone, 1)
print("contained", flush=True)
os._exit(0)
