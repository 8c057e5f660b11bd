# Tries to write into every directory and every file there is.
import os

scratch = ("/box", "/tmp", "/dev/shm", "/proc")
holes = []
for place, directories, files in os.walk("/"):
    if place in scratch:
        directories.clear()
        continue
    try:
        os.close(os.open(place + "/syncode-abuse", os.O_CREAT | os.O_WRONLY))
        holes.append(place)
    except OSError:
        pass
    for name in files:
        path = f"{place}/{name}"
        if place == "/dev" or os.path.islink(path):
            continue
        try:
            os.close(os.open(path, os.O_WRONLY))
            holes.append(path)
        except OSError:
            pass
print("contained" if not holes else holes)
