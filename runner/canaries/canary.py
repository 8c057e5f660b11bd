"""A canary: attempts what its first argument names, bounded by itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

MIB = 1 << 20
HELD = "held"


def control() -> None:
    print(sum(map(int, sys.stdin.read().split())))


def processes() -> None:
    for _ in range(300):
        subprocess.Popen(["sleep", "20"])


def memory() -> None:
    kept = [b"x" * (8 * MIB) for _ in range(64)]
    print(len(kept))


def output() -> None:
    for _ in range(64):
        sys.stdout.write("x" * (MIB // 4))


def spin() -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pass


def sleep() -> None:
    time.sleep(20)


def write() -> None:
    for directory in ("/", "/usr", "/etc", "/app", "/dev", "/proc"):
        path = os.path.join(directory, "canary")
        try:
            with open(path, "w") as file:
                file.write("x")
        except OSError:
            continue
        print("could write", path)
    print(HELD)


def network() -> None:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looked_up:
            looked_up.connect(("192.0.2.1", 9))
    except OSError:
        print(HELD)
    else:
        print("there is a route")


def secret() -> None:
    try:
        with open(sys.argv[2]) as file:
            print("could read", file.read())
    except OSError:
        print(HELD)


def init() -> None:
    try:
        os.kill(1, signal.SIGKILL)
    except OSError:
        print(HELD)
    else:
        print("could send init a signal")


if __name__ == "__main__":
    attempts = (control, processes, memory, output, spin, sleep, write, network, secret, init)
    {attempt.__name__: attempt for attempt in attempts}[sys.argv[1]]()
