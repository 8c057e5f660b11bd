// SIGKILL, but from itself: neither memory nor time was the reason.
package main

import (
	"fmt"
	"syscall"
	"time"
)

func main() {
	fmt.Println("before")
	syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	time.Sleep(20 * time.Second)
}
