# Handles every signal that it can by going on, for 60 s at the most.
import signal
import time

for number in range(1, signal.NSIG):
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        pass
begun = time.monotonic()
while time.monotonic() < begun + 60:
    pass
