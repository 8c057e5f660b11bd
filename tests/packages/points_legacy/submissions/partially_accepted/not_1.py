number = input()
print(number if number != "1" else "no")
