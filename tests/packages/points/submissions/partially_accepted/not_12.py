number = input()
print(number if number not in ("12",) else "no")
