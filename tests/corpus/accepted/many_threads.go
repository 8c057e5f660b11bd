// Ten thousand goroutines add up the numbers 1 to 40, each number many times.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var total atomic.Int64
	var all sync.WaitGroup
	for i := 0; i < 10_000; i++ {
		all.Add(1)
		go func(number int64) {
			defer all.Done()
			total.Add(number)
		}(int64(i%40 + 1))
	}
	all.Wait()
	fmt.Println(total.Load() / 250)
}
