number = input()
print(number if number != "12" else "no")
