// Leaves a large input unread; whoever writes it must not hang or take the broken pipe for a failure.
console.log("no input needed");
