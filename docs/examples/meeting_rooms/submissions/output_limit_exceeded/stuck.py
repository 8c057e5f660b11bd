# Says what it does, in a loop that forgets to go on.
count = int(input())
meeting = 0
while meeting < count:
    print(f"looking at meeting {meeting} of {count} now")
print(count)
