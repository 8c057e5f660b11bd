# Leaves a large input unread; whoever writes it must not hang or take the broken pipe for a failure.
print("no input needed")
