// The same load with Go's net/http.
//
//	load_go URL REQUESTS IN_FLIGHT [CA_FILE]
package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	if len(os.Args) != 4 && len(os.Args) != 5 {
		os.Exit(2)
	}
	url := os.Args[1]
	requests, _ := strconv.ParseInt(os.Args[2], 10, 64)
	inFlight, _ := strconv.Atoi(os.Args[3])
	transport := &http.Transport{MaxIdleConnsPerHost: inFlight, MaxConnsPerHost: inFlight}
	if len(os.Args) > 4 {
		// A configuration of one's own turns HTTP/2 off: one request per connection, as the others.
		roots := x509.NewCertPool()
		pem, err := os.ReadFile(os.Args[4])
		if err != nil || !roots.AppendCertsFromPEM(pem) {
			os.Exit(2)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: transport}
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
