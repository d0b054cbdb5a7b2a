// The same load with Go's net/http.
//
//	load_go URL REQUESTS IN_FLIGHT
package main

import (
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	if len(os.Args) != 4 {
		os.Exit(2)
	}
	url := os.Args[1]
	requests, _ := strconv.ParseInt(os.Args[2], 10, 64)
	inFlight, _ := strconv.Atoi(os.Args[3])
	client := &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: inFlight, MaxConnsPerHost: inFlight},
	}
	left, good := requests, int64(0)
	var workers sync.WaitGroup
	for i := 0; i < inFlight; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for atomic.AddInt64(&left, -1) >= 0 {
				reply, err := client.Get(url)
				if err != nil {
					continue
				}
				body, err := io.ReadAll(reply.Body)
				reply.Body.Close()
				if err == nil && reply.StatusCode == 200 && len(body) > 0 {
					atomic.AddInt64(&good, 1)
				}
			}
		}()
	}
	workers.Wait()
	if good != requests {
		os.Exit(1)
	}
}
