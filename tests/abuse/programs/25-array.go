// An array of 1 GiB that the program's file has to hold.
package main

var array = [1 << 30]byte{1<<30 - 1: 7}

func main() {
	println(array[len(array)-1])
}
