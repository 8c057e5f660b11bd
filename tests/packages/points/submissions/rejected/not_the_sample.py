number = input()
print(number if number not in ("1",) else "no")
