"""A compiler in the hands of an attacker: leaves what the file "kind" says in place of a compiled program."""

import os
import socket
import sys

MAIN = b"#!/usr/bin/python3\nprint('contained')\n"
KEPT = b"""#!/usr/bin/python3
import os, stat
modes = {name: oct(os.stat(name).st_mode) for name in ("/app/out/main", "/app/out", "/app/src/main.py")}
wanted = {"/app/out/main": "0o100555", "/app/out": "0o40555", "/app/src/main.py": "0o100444"}
source = open("/box/main.py").read()
good = modes == wanted and "in the hands of an attacker" in source and os.readlink("/box/main.py") == "/app/src/main.py"
print("contained" if good else (modes, source))
"""


def leave(path, content=MAIN):
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o755)


def look():
    found = {}
    for place, directories, names in os.walk("/box"):
        for name in [".", *directories, *names]:
            about = os.lstat(f"{place}/{name}")
            found[f"{place}/{name}"] = about.st_ino, about.st_mode, about.st_uid, about.st_size, about.st_ctime_ns
    return repr(sorted(found.items()))


with open("kind", encoding="utf-8") as asked:
    kind, _, target = asked.read().strip().partition(" ")
os.makedirs("out", exist_ok=True)
if kind != "unwatched":
    leave("out/main")
match kind:
    case "good":
        pass
    case "link":
        os.symlink(target, "out/link")
    case "link_for_main":
        os.unlink("out/main")
        os.symlink(target, "out/main")
    case "directory_link":
        os.symlink(os.path.dirname(target), "out/deep")
    case "link_for_all":
        os.rename("out", "elsewhere")
        os.symlink(target and os.path.dirname(target), "out")
    case "link_to_descriptor":
        os.symlink("/proc/self/fd/0", "out/link")
    case "fifo":
        os.mkfifo("out/fifo")
    case "socket":
        socket.socket(socket.AF_UNIX).bind("out/syncode-abuse-socket")
    case "device":
        os.mknod("out/device", 0o20666, os.makedev(1, 3))
    case "hard_link":
        os.link("out/main", "out/again")
    case "foreign_hard_link":
        os.link("/etc/passwd", "out/again")
    case "sparse":
        with open("out/large", "wb") as file:
            file.truncate(200 << 20)
    case "many":
        for number in range(5000):
            os.close(os.open(f"out/{number}", os.O_CREAT | os.O_WRONLY))
    case "deep":
        os.makedirs("out/" + "d/" * 40)
    case "long":
        os.chdir("out")
        for _ in range(15):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
        leave("f" * 200)
    case "bytes":
        leave(b"out/\xff\xfe")
    case "setuid":
        leave("out/main", KEPT)
        os.chmod("out/main", 0o6777)
        os.chmod("out", 0o7777)
    case "replaced":
        leave("out/main", KEPT)
        for name in ("main.py", "kind"):
            os.unlink(name)
            os.symlink(target, name)
        os.symlink(target, "planted")
    case "unwatched":  # the first of two steps takes a picture of the box, the second sees whether anybody was there
        if os.path.exists("/tmp/seen"):
            with open("/tmp/seen", encoding="utf-8") as seen:
                now = look()
                sys.exit(now if now != seen.read() else 0)
        leave("out/main")
        os.symlink("/etc/passwd", "planted")
        with open("/tmp/seen", "w", encoding="utf-8") as seen:
            seen.write(look())
    case _:
        sys.exit(f"what is {kind}?")
