"""Does what the first word of the input says, most of it wrong."""

import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

given, answer, feedback = sys.argv[1:4]
message = Path(feedback, "judgemessage.txt")


def accepts():
    message.write_text("fine")


def refuses():
    message.write_text("not fine")
    raise SystemExit(43)


def leaves_a_child():
    if os.fork() == 0:
        time.sleep(60)


def bytes_for_words():
    message.write_bytes(b"caf\xe9 \0 fine \xff")


def looks_elsewhere():
    """Nothing outside of the box may be written to, and nothing of the host is to be seen."""
    for path in ("/", "/app", "/etc", "/usr/bin", "/proc/1", "/dev"):
        with contextlib.suppress(OSError):
            Path(path, "written").write_text("x")
            raise SystemExit(f"{path} can be written to")
    if Path("/etc/shadow").exists() or Path("/root").is_dir() and os.listdir("/root"):
        raise SystemExit("files of the host are there")


def raises():
    raise ValueError("the author has made a mistake")


def crashes():
    os.kill(os.getpid(), signal.SIGSEGV)


def spins():
    while True:
        pass


def sleeps():
    time.sleep(60)


def grows():
    kept = []
    while True:
        kept.append(bytearray(1 << 24))


def floods_stdout():
    while True:
        os.write(1, b"x" * 65536)


def floods_stderr():
    while True:
        os.write(2, b"x" * 65536)


def fills_feedback():
    with message.open("wb") as file:
        while True:
            file.write(b"x" * (1 << 20))


def long_message():
    message.write_bytes(b"x" * (4 << 20))


def many_files():
    for number in range(5000):
        Path(feedback, str(number)).touch()


def deep_directories():
    for _ in range(40):
        os.mkdir("d" if os.getcwd() != "/box" else feedback + "d")
        os.chdir("d" if os.getcwd() != "/box" else feedback + "d")
    Path("judgemessage.txt").write_text("deep")


def link():
    message.symlink_to("/etc/passwd")


def hard_link():
    os.link(answer, message)


def directory_link():
    Path(feedback, "more").symlink_to("/etc")


def fifo():
    os.mkfifo(message)


def in_socket():
    os.chdir(feedback)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("judgemessage.txt")


def device():
    os.mknod(message, 0o20666, os.makedev(1, 5))


def message_is_directory():
    message.mkdir()


def locked_message():
    message.write_text("locked")
    message.chmod(0)


def feedback_is_link():
    shutil.rmtree(feedback)
    Path(feedback.rstrip("/")).symlink_to("/etc")


def feedback_is_gone():
    shutil.rmtree(feedback)


behaviour = Path(given).read_text().strip()
if behaviour.startswith("ends_with_"):
    sys.exit(int(behaviour.rpartition("_")[2]))
{**globals(), "socket": in_socket}[behaviour]()
sys.exit(42)
