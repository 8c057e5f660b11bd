// Adds a number and a text.
package main

import "fmt"

func main() {
	var count int
	fmt.Scan(&count)
	fmt.Println(count + " rooms")
}
