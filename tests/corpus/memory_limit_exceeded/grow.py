# Fills memory, 8 MiB at a time, up to 2 GiB.
print("before", flush=True)
kept = [bytearray(b"x" * (8 << 20)) for _ in range(256)]
print(len(kept))
