// Waits for a message that nobody can send; the runtime notices that every goroutine is asleep.
package main

import "fmt"

func main() {
	fmt.Println("before")
	<-make(chan int)
}
