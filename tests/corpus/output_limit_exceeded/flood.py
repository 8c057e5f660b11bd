# Floods standard output, up to 256 MiB.
print("before", flush=True)
line = "the same line over and over\n" * 64
for _ in range((256 << 20) // len(line)):
    print(line, end="")
