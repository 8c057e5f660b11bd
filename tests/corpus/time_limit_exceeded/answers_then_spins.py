# The right answer does not help whoever does not stop.
print("before", flush=True)
count = 0
while count < 1_000_000_000:
    count += 1
