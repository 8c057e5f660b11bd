// Imports a package that nobody has.
package main

import "no/such/library" // the error is here

func main() {
	library.Answer()
}
