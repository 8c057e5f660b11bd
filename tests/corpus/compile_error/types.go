// Takes a string for an integer.
package main

import "fmt"

func main() {
	var count int = "four" // the error is here
	fmt.Println(count)
}
