// Sleeps: no processor time at all, only the clock can end it.
package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("before")
	time.Sleep(20 * time.Second)
	fmt.Println("after")
}
