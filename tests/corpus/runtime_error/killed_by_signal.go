// Ends by a signal. The runtime turns faults into panics, but obeys SIGTERM, also from itself.
package main

import (
	"fmt"
	"syscall"
	"time"
)

func main() {
	fmt.Println("before")
	syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
	time.Sleep(20 * time.Second)
}
