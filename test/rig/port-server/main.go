// Serves ports in ways that a port-forward has to stand. VERSION is what it answers, DELAY how long it waits first.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const bulk = 256 << 20

func main() {
	// A pod that is told to end goes on answering until it is killed.
	signal.Ignore(syscall.SIGTERM)
	version := os.Getenv("VERSION")
	delay, _ := strconv.ParseFloat(os.Getenv("DELAY"), 64)
	time.Sleep(time.Duration(delay * float64(time.Second)))

	serve(7000, func(c *net.TCPConn) { io.Copy(c, c) })
	serve(7001, func(c *net.TCPConn) { select {} })
	serve(7002, func(c *net.TCPConn) { fmt.Fprintln(c, version) })
	serve(7003, func(c *net.TCPConn) {
		io.CopyN(io.Discard, c, bulk)
		fmt.Fprintln(c, "done")
		io.Copy(io.Discard, c)
	})
	serve(7004, func(c *net.TCPConn) {
		chunk := make([]byte, 1<<20)
		for sent := 0; sent < bulk; sent += len(chunk) {
			c.Write(chunk)
		}
		io.Copy(io.Discard, c)
	})
	serve(7005, func(c *net.TCPConn) {
		c.Read(make([]byte, 100))
		for i := 1; i <= 5; i++ {
			time.Sleep(500 * time.Millisecond)
			fmt.Fprintln(c, i)
		}
	})
	serve(7006, func(c *net.TCPConn) {
		c.Write([]byte("half of it"))
		c.Read(make([]byte, 100))
		c.SetLinger(0)
	})
	var ready atomic.Bool
	http.HandleFunc("/be-ready", func(w http.ResponseWriter, r *http.Request) { ready.Store(true) })
	http.HandleFunc("/ready", func(w http.ResponseWriter, r *http.Request) {
		if !ready.Load() {
			http.Error(w, "not told yet", http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, version) })
	panic(http.ListenAndServe(":8080", nil))
}

func serve(port int, handle func(*net.TCPConn)) {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				panic(err)
			}
			go func() {
				defer connection.Close()
				handle(connection.(*net.TCPConn))
			}()
		}
	}()
}
