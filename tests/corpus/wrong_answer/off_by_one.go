// Forgets the last number.
package main

import "fmt"

func main() {
	var count, number, total int
	fmt.Scan(&count)
	for i := 1; i < count; i++ {
		fmt.Scan(&number)
		total += number
	}
	fmt.Println(total)
}
