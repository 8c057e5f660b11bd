// What Go programs do.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func need(good bool, what string) {
	if !good {
		panic(what)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func routines() {
	var group sync.WaitGroup
	var sum atomic.Int64
	queue := make(chan int)
	for range 200 {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range queue {
				sum.Add(int64(n))
			}
		}()
	}
	for n := range 1000 {
		queue <- n
	}
	close(queue)
	group.Wait()
	need(sum.Load() == 499500, "sum")
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	runtime.GC()
	runtime.LockOSThread()
}

func network() {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() {
		connection := must(listener.Accept())
		io.Copy(connection, connection)
		connection.Close()
	}()
	connection := must(net.Dial("tcp", listener.Addr().String())).(*net.TCPConn)
	fmt.Fprintln(connection, "echo")
	connection.CloseWrite()
	need(string(must(io.ReadAll(connection))) == "echo\n", "echo")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	response := must(http.Get(server.URL + "/path"))
	need(string(must(io.ReadAll(response.Body))) == "/path", "http")
	server.Close()
	local := must(net.Listen("unix", "/tmp/socket"))
	local.Close()
}

func processes() {
	need(string(must(exec.Command("sh", "-c", "echo $HOME").Output())) == "/box\n", "sh")
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	<-signals
	command := exec.Command("sleep", "60")
	need(command.Start() == nil && command.Process.Kill() == nil && command.Wait() != nil, "kill")
}

func files() {
	directory := must(os.MkdirTemp("", "x"))
	need(os.WriteFile(filepath.Join(directory, "file"), []byte("text"), 0o600) == nil, "write")
	need(len(must(os.ReadDir(directory))) == 1 && os.RemoveAll(directory) == nil, "directory")
	need(must(rand.Read(make([]byte, 16))) == 16, "random")
	need(time.Unix(0, 0).Format(time.Kitchen) == "12:00AM" && time.Local.String() != "", "time")
	need(runtime.NumCPU() >= 1 && must(os.Hostname()) == "box", "host")
	_ = sql.ErrNoRows
}

func main() {
	input := must(os.Open("/dev/stdin"))
	need(must(bufio.NewReader(input).ReadString('\n')) == "input\n", "input")
	routines()
	network()
	processes()
	files()
	output := must(os.OpenFile("/dev/stdout", os.O_WRONLY, 0))
	io.Copy(output, strings.NewReader("contained\n"))
}
