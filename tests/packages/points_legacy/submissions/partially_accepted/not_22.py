number = input()
print(number if number != "22" else "no")
