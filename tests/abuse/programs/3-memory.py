# Takes 1 GiB of memory.
taken = [b"x" * (1 << 20) for _ in range(1024)]
print(len(taken), "MiB")
