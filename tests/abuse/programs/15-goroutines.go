// Many goroutines on many threads count at once for 20 s at the most.
package main

import (
	"runtime"
	"time"
)

func main() {
	runtime.GOMAXPROCS(32)
	for i := 0; i < 32; i++ {
		go func() {
			for n := 0; ; n++ {
			}
		}()
	}
	time.Sleep(20 * time.Second)
}
