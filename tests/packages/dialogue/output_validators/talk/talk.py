"""Talks in the way that the first word of the input names."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

given, _, feedback = sys.argv[1:4]
says, hears = sys.stdout.buffer, sys.stdin.buffer


def end(code, why):
    Path(feedback, "judgemessage.txt").write_text(why)
    os._exit(code)  # whatever was not sent is not sent any more


def say(text):
    try:
        says.write(text.encode() + b"\n")
        says.flush()
    except BrokenPipeError:
        pass  # what the other side has written before it went may still be right


def judge_end(right, why):
    rest = hears.read(100)
    end(42 if right and not rest.strip() else 43, "more was said" if rest.strip() else why)


def guess(number):
    for asked in range(8):
        words = hears.readline(100).split()
        if len(words) != 2 or words[0] not in (b"?", b"!") or not words[1].isdigit():
            end(43, "nothing was said" if not words else "malformed")
        found = int(words[1])
        if words[0] == b"!":
            judge_end(found == int(number), f"guessed after {asked} questions")
        say("less" if int(number) < found else "more" if int(number) > found else "yes")
    end(43, "too many questions")


def drains():
    amount = sum(map(len, iter(lambda: hears.read(1 << 16), b"")))
    end(43, f"{amount} bytes")


def bulk(amount):
    """The same amount is on its way in both directions at once."""

    def speak():
        says.write(b"x" * int(amount))
        says.flush()
        os.close(1)

    speaking = threading.Thread(target=speak)
    speaking.start()
    heard = len(hears.read())
    speaking.join()
    end(42 if heard == int(amount) else 43, f"{heard} bytes")


def accepts_at_once():
    end(42, "whatever it will say")


def refuses_at_once():
    end(43, "whatever it will say")


def closes_its_output():
    os.close(1)
    judge_end(hears.readline(100) == b"nobody there\n", "it has seen the end")


def never_speaks():
    hears.read()
    end(43, "it gave up")


def floods():
    while True:
        os.write(1, b"x" * 65536)


def raises():
    hears.readline(100)
    raise ValueError("the author has made a mistake")


def crashes():
    hears.readline(100)
    os.kill(os.getpid(), signal.SIGSEGV)


def ends_with_0():
    hears.readline(100)
    sys.exit(0)


def spins_at_the_end():
    hears.read()
    while True:
        pass


def sleeps_at_the_end():
    hears.read()
    time.sleep(60)


def grows():
    kept = []
    while True:
        kept.append(bytearray(1 << 24))


name, *words = Path(given).read_text().split()
globals()[name](*words)
