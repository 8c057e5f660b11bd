// Keeps a processor busy, for about a minute if nobody stops it.
package main

import "fmt"

func main() {
	fmt.Println("before")
	hash := uint64(1)
	for count := 0; count < 30_000_000_000; count++ {
		hash = hash*6364136223846793005 + 1442695040888963407
	}
	fmt.Println(hash)
}
