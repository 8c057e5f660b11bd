// Reads a count and that many integers, prints their sum.
package main

import "fmt"

func main() {
	var count, number, total int
	fmt.Scan(&count)
	for ; count > 0; count-- {
		fmt.Scan(&number)
		total += number
	}
	fmt.Println(total)
}
