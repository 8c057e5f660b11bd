// An operand is missing.
package main

import "fmt"

func main() {
	count := 4 + ) // the error is here
	fmt.Println(count)
}
