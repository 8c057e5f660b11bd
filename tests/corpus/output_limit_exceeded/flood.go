// Floods standard output, up to 256 MiB.
package main

import (
	"fmt"
	"strings"
)

func main() {
	fmt.Println("before")
	lines := strings.Repeat("the same line over and over\n", 64)
	for written := 0; written < 256<<20; written += len(lines) {
		fmt.Print(lines)
	}
}
