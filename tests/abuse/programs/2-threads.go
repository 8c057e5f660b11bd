// Wants a thread of the system for each of 2000 goroutines.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	for i := 0; i < 2000; i++ {
		go func() {
			runtime.LockOSThread()
			time.Sleep(5 * time.Second)
		}()
	}
	time.Sleep(4 * time.Second) // the runtime ends the program before
	fmt.Println("all were born")
}
