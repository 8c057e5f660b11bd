// Recurses 200 000 levels deep.
package main

import "fmt"

func depth(levels int) int {
	if levels == 0 {
		return 0
	}
	return 1 + depth(levels-1)
}

func main() {
	fmt.Println(depth(200_000))
}
