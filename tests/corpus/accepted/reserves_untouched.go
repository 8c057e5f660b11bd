// Reserves 1 GiB and touches one page of it: only memory in use counts.
package main

import "fmt"

func main() {
	room := make([]byte, 1<<30)
	room[12345] = 100
	fmt.Println(room[12345])
}
