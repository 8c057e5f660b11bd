// Recurses (nearly) for ever; a goroutine's stack grows until it is all the memory there is.
package main

import "fmt"

func deeper(level int) int {
	var frame [1024]byte
	frame[level%1024] = 1
	if level == 0 {
		return 0
	}
	return deeper(level-1) + int(frame[level%1024])
}

func main() {
	fmt.Println("before")
	fmt.Println(deeper(1_000_000))
}
