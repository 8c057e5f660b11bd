// Asks for programs to be run before, and finds out whether they were.
package main

import (
	"fmt"
	"os"
)

//go:generate touch /box/out/left
//go:generate sh -c "echo package main > left.go"

func main() {
	if _, err := os.Stat("/app/out/left"); err == nil {
		fmt.Println("go generate ran")
	} else {
		fmt.Println("contained")
	}
}
