// Fills memory, 8 MiB at a time, up to 2 GiB.
package main

import (
	"bytes"
	"fmt"
)

func main() {
	fmt.Println("before")
	var kept [][]byte
	for len(kept) < 256 {
		kept = append(kept, bytes.Repeat([]byte("x"), 8<<20))
	}
	fmt.Println(len(kept))
}
