# Ends by a segmentation fault that it sends to itself.
import os
import signal

print("before", flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
