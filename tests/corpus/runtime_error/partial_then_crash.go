// Half of the answer, then a crash: what was written is kept.
package main

import "fmt"

func main() {
	for number := 1; number <= 3; number++ {
		fmt.Println(number)
	}
	var missing map[string]int
	missing["crash"] = 1
}
