// A constant too large for anything, over and over.
package main

const (
	a = 1 << 500
	b = a * a * a * a
	c = b * b * b * b
)

func main() {
	println(c)
}
