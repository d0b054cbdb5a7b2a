// Go's net/http as it is: a client with a timeout.
//
//	nethttp MISSION
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"
	"sync"
	"time"
)

var (
	api     = os.Getenv("APILAB_API_URL")
	effects = os.Getenv("APILAB_EFFECTS_URL")
	jar, _  = cookiejar.New(nil)
	client  = &http.Client{Timeout: 30 * time.Second, Jar: jar}
)

func get(url string) ([]byte, error) {
	answer, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return body, err
}

func getJSON(url string, into any) error {
	body, err := get(url)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func post(url string, body any, key string) {
	text, _ := json.Marshal(body)
	request, _ := http.NewRequest("POST", url, bytes.NewReader(text))
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	if answer, err := client.Do(request); err == nil {
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

func fetchAll(urls []string) {
	workers, err := strconv.Atoi(os.Getenv("WORKERS"))
	if err != nil {
		workers = 4
	}
	waiting := make(chan string)
	var all sync.WaitGroup
	for i := 0; i < workers; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for url := range waiting {
				get(url)
			}
		}()
	}
	for _, url := range urls {
		waiting <- url
	}
	close(waiting)
	all.Wait()
}

func main() {
	var urls []string
	switch os.Args[1] {
	case "fetch":
		items, err := strconv.Atoi(os.Getenv("ITEMS"))
		if err != nil {
			items = 12
		}
		for n := 1; n <= items; n++ {
			urls = append(urls, fmt.Sprintf("%s/items/itm_%04d", api, n))
		}
	case "create":
		for n := 1; n <= 3; n++ {
			post(effects, map[string]string{"event": fmt.Sprintf("release-%d", n)}, "")
		}
	case "order":
		post(api+"/session", map[string]string{
			"user": os.Getenv("APILAB_API_USER"), "password": os.Getenv("APILAB_API_PASSWORD")}, "")
		for n := 1; n <= 3; n++ {
			key := make([]byte, 16)
			rand.Read(key)
			post(api+"/orders", map[string]string{
				"reference": fmt.Sprintf("order-%d", n), "sku": "left-box"}, fmt.Sprintf("%x", key))
		}
	case "documents":
		var list struct{ Documents []struct{ ID int64 } }
		if getJSON(api+"/documents", &list) == nil {
			for _, one := range list.Documents {
				urls = append(urls, fmt.Sprintf("%s/documents/%d", api, one.ID))
			}
		}
	case "mirror":
		var page struct{ Items []struct{ ID string } }
		if getJSON(api+"/items/cursor?limit=5", &page) == nil {
			for _, one := range page.Items {
				urls = append(urls, api+"/items/"+one.ID)
			}
		}
	default:
		os.Exit(2)
	}
	fetchAll(urls)
}
