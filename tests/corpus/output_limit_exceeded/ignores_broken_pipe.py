# Neither signals nor errors stop this flood, up to 256 MiB.
import os
import signal

signal.signal(signal.SIGPIPE, signal.SIG_IGN)
os.write(1, b"before\n")
block = b"the same line over and over\n" * 1024
for _ in range((256 << 20) // len(block)):
    try:
        os.write(1, block)
    except OSError:
        continue
