number = input()
print(number if number not in ("42",) else "no")
