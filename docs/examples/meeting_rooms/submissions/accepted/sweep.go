// Walks through beginnings and ends, each sorted, with one finger in either list.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var count int
	fmt.Fscan(in, &count)
	begins, ends := make([]int, count), make([]int, count)
	for i := range begins {
		fmt.Fscan(in, &begins[i], &ends[i])
	}
	sort.Ints(begins)
	sort.Ints(ends)
	ended, most := 0, 0
	for i, begin := range begins {
		for ends[ended] <= begin {
			ended++
		}
		most = max(most, i+1-ended)
	}
	fmt.Println(most)
}
