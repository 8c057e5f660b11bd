number = input()
print(number if number not in ("31",) else "no")
