# A child fills memory and is killed for it; the parent ends well and even answers.
import os

print("before", flush=True)
if os.fork() == 0:
    kept = [bytearray(b"x" * (8 << 20)) for _ in range(256)]
    os._exit(0)
os.wait()
print(100)
