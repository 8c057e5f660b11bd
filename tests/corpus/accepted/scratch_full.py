# Writes into its own directory until there is no room left, sees the ordinary error, and answers all the same.
import errno

answer = "the directory never filled up"
try:
    for number in range(64):
        with open(f"part{number}", "wb") as file:
            file.write(bytes(4 << 20))
except OSError as error:
    answer = errno.errorcode[error.errno]
print(answer)
