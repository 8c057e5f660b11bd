number = input()
print(number if number not in ("22", "23") else "no")
