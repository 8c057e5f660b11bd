// A canary: attempts what its first argument names, bounded by itself.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const mib = 1 << 20

func held() { fmt.Println("held") }

func control() {
	sum, number := 0, 0
	for {
		if _, err := fmt.Scan(&number); err != nil {
			break
		}
		sum += number
	}
	fmt.Println(sum)
}

func processes() {
	for i := 0; i < 300; i++ {
		if err := exec.Command("sleep", "20").Start(); err != nil {
			os.Exit(1)
		}
	}
}

func memory() {
	var kept [][]byte
	for len(kept) < 64 {
		kept = append(kept, bytes.Repeat([]byte("x"), 8*mib))
	}
	fmt.Println(len(kept))
}

func output() {
	block := bytes.Repeat([]byte("x"), mib/4)
	for i := 0; i < 64; i++ {
		os.Stdout.Write(block)
	}
}

func spin() {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
	}
}

func write() {
	for _, directory := range []string{"", "/usr", "/etc", "/app", "/dev", "/proc"} {
		if os.WriteFile(directory+"/canary", []byte("x"), 0o600) == nil {
			fmt.Println("could write", directory+"/canary")
		}
	}
	held()
}

func network() {
	if _, err := net.Dial("udp", "192.0.2.1:9"); err != nil {
		held()
		return
	}
	fmt.Println("there is a route")
}

func secret() {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		held()
		return
	}
	fmt.Println("could read", string(text))
}

func killInit() {
	if syscall.Kill(1, syscall.SIGKILL) != nil {
		held()
		return
	}
	fmt.Println("could send init a signal")
}

func main() {
	map[string]func(){
		"control": control, "processes": processes, "memory": memory, "output": output, "spin": spin,
		"sleep": func() { time.Sleep(20 * time.Second) }, "write": write, "network": network, "secret": secret,
		"init": killInit,
	}[os.Args[1]]()
}
