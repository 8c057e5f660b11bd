# A bracket that closes nothing.
count = int(input())
print(count))  # the error is here
