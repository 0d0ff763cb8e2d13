// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command visitor is what the pods run from which test/e2e visits the operator. A pod's network is not that of the tests.
//
//	visitor                    waits until it is stopped
//	visitor proxy ADDRESS      answers on port 8080, and asks ADDRESS, as an ingress does
//	visitor knock ADDRESS...   prints for each whether a connection came about: open, timeout, or the error
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// patience is how long a connection may take. What a policy does not allow is dropped, and takes all of it.
const patience = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		<-ctx.Done()
		return nil
	case args[0] == "proxy" && len(args) == 2:
		return proxy(ctx, args[1])
	case args[0] == "knock":
		knockAll(ctx, args[1:])
		return nil
	}
	return fmt.Errorf("visitor does not know %q", args)
}

func proxy(ctx context.Context, address string) error {
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: patience, Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: address})
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetXForwarded()
	}}}
	go func() {
		<-ctx.Done()
		_ = server.Close() // the process ends
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// knockAll knocks everywhere at once, and prints in the order of the addresses.
func knockAll(ctx context.Context, addresses []string) {
	found := make([]string, len(addresses))
	var group sync.WaitGroup
	for i, address := range addresses {
		group.Go(func() { found[i] = knock(ctx, address) })
	}
	group.Wait()
	for i, address := range addresses {
		fmt.Println(address, found[i])
	}
}

func knock(ctx context.Context, address string) string {
	connection, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
	var timeout net.Error
	var name *net.DNSError
	switch {
	case err == nil:
		leave(connection)
		return "open"
	case !errors.As(err, &name) && errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return err.Error()
}

// leave hangs up without a word, and hears the other side out: who is hung up on in the middle of a greeting complains in its log.
func leave(connection net.Conn) {
	defer func() { _ = connection.Close() }() // the process ends
	if half, ok := connection.(*net.TCPConn); ok && half.CloseWrite() == nil {
		_ = connection.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, connection)
	}
}
