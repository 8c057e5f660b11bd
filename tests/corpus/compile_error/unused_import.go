// Go refuses an import that is not used.
package main

import (
	"fmt"
	"os" // the error is here
)

func main() {
	fmt.Println(100)
}
