# Writes more into one file than is allowed; Python ignores the signal and gets an error, which nobody catches.
print("before", flush=True)
with open("large", "wb") as file:
    for _ in range(64):
        file.write(bytes(1 << 20))
