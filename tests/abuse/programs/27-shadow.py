# Brings modules with the names of those that whoever checks it may want.
print("contained")
