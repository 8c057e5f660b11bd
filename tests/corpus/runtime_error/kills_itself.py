# SIGKILL, but from itself: neither memory nor time was the reason.
import os
import signal

print("before", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
