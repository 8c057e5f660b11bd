// Two goroutines share the work, so that the clock shows half of the processor time.
package main

import (
	"fmt"
	"sync"
)

func main() {
	fmt.Println("before")
	var results [2]uint64
	var both sync.WaitGroup
	for i := range results {
		both.Add(1)
		go func(i int) {
			defer both.Done()
			hash := uint64(i)
			for count := 0; count < 30_000_000_000; count++ {
				hash = hash*6364136223846793005 + 1442695040888963407
			}
			results[i] = hash
		}(i)
	}
	both.Wait()
	fmt.Println(results)
}
