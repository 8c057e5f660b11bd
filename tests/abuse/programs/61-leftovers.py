"""Leaves things for the next test of the same submission, and finds what the one before has left."""

import os
import signal
import socket
import sys
import time

found = [f"{place}/{name}" for place in ("/tmp", "/dev/shm") for name in os.listdir(place)]
found += [f"/box/{name}" for name in os.listdir("/box") if name != "main.py"]
found += [f"process {name}" for name in os.listdir("/proc") if name.isdigit() and name != str(os.getpid())]
with socket.socket(socket.AF_UNIX) as probe:
    if probe.connect_ex("\0syncode-abuse-leftover") == 0:
        found.append("a daemon")
with open(__file__, encoding="utf-8") as own:
    if "replaced" in own.readline():
        found.append("another main.py")
print(*(found or ["contained"]), flush=True)

for name in ("json.py", "os.py", "site.py", "sitecustomize.py", "usercustomize.py", "encodings.py", "_bootlocale.py"):
    for place in ("/box", "/tmp", "/dev/shm"):
        with open(f"{place}/{name}", "w", encoding="utf-8") as module:
            module.write("raise SystemExit('taken over')\n")
os.unlink("/box/main.py")
with open("/box/main.py", "w", encoding="utf-8") as replaced:
    replaced.write("# replaced\nprint('taken over')\n")
if os.fork() == 0:
    os.setsid()
    for number in range(1, 32):
        if number not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0syncode-abuse-leftover")
    listener.listen()
    time.sleep(0.2)
    print("late", flush=True)
    time.sleep(20)
sys.exit(0)
