# Keeps a processor busy, for about a minute if nobody stops it.
print("before", flush=True)
count = 0
while count < 1_000_000_000:
    count += 1
print(count)
