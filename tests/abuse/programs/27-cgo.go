// Wants a C compiler to be run with options of its own.
package main

// #cgo CFLAGS: -fplugin=/box/plugin.so
// #cgo LDFLAGS: -Wl,-rpath,/box
// static int answer(void) { return 42; }
import "C"
import "fmt"

func main() {
	fmt.Println(C.answer())
}
