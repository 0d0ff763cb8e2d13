// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/delivery"
)

func TestOnlyHostsOnTheListAtPublicOrNamedAddressesAreReached(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for name, tc := range map[string]struct {
		entries []string
		host    string
		reached bool
	}{
		"not on the list": {[]string{"smtp.example.com"}, "localhost", false},
		"an empty list":   {nil, "localhost", false},
		"on the list, but at an address of this machine":  {[]string{"localhost"}, "localhost", false},
		"an address of this machine itself":               {[]string{"127.0.0.1"}, "127.0.0.1", false},
		"the cloud's metadata":                            {[]string{"169.254.169.254"}, "169.254.169.254", false},
		"the cloud's metadata through NAT64":              {[]string{"64:ff9b::a9fe:a9fe"}, "64:ff9b::a9fe:a9fe", false},
		"the cloud's metadata through 6to4":               {[]string{"2002:a9fe:a9fe::1"}, "2002:a9fe:a9fe::1", false},
		"a private address in IPv6":                       {[]string{"::ffff:10.0.0.1"}, "::ffff:10.0.0.1", false},
		"a carrier's address":                             {[]string{"100.64.0.1"}, "100.64.0.1", false},
		"at an address of another network than was named": {[]string{"localhost=10.0.0.0/8"}, "localhost", false},
		"at an address that was named":                    {[]string{"localhost=127.0.0.0/8,::1/128"}, "localhost", true},
		"whatever the case":                               {[]string{"LocalHost=127.0.0.0/8,::1/128"}, "LOCALHOST", true},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := delivery.ParseAllowList(tc.entries)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := list.DialContext(t.Context(), "tcp", net.JoinHostPort(tc.host, port))
			if conn != nil {
				_ = conn.Close()
			}
			switch {
			case tc.reached && err != nil:
				t.Errorf("not reached: %v", err)
			case !tc.reached && !errors.Is(err, delivery.ErrNotAllowed):
				t.Errorf("got %v, want ErrNotAllowed", err)
			}
		})
	}
}

func TestAnAllowListThatCannotBeReadSaysHowToWriteIt(t *testing.T) {
	for _, entry := range []string{"", "https://smtp.example.com", "smtp.example.com:25", "relay=10.0.0.1", "relay=everywhere"} {
		if _, err := delivery.ParseAllowList([]string{entry}); err == nil || !strings.Contains(err.Error(), "write") {
			t.Errorf("%q: %v, want an error that says how to write it", entry, err)
		}
	}
}
