// Nobody recovers from the panic.
package main

import "fmt"

func main() {
	numbers := make([]int, 4)
	fmt.Println("before")
	fmt.Println(numbers[len(fmt.Sprint("four"))])
}
