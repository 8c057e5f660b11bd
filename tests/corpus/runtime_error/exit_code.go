// Ends with an exit code of its own, after a line of output.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("before")
	os.Exit(7)
}
