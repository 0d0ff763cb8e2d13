// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// ErrNotAllowed means that a host or its address is not on the operator's allow-list.
var ErrNotAllowed = errors.New("not on the operator's allow-list")

// AllowList says which hosts channels may reach. Anybody who may write a Program names hosts; without the list they could make
// the operator talk to whatever is near it.
type AllowList struct {
	entries  []allowed
	resolver interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}
	dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	}
}

type allowed struct {
	host string
	// within are the only addresses that the host may have; empty means any public address.
	within []netip.Prefix
}

// ParseAllowList reads entries such as "smtp.example.com" (any public address) or "relay.internal=10.0.0.0/8" (that host, at
// addresses in that network only, which need not be public).
func ParseAllowList(entries []string) (*AllowList, error) {
	list := &AllowList{resolver: net.DefaultResolver, dialer: &net.Dialer{}}
	for _, entry := range entries {
		host, networks, bounded := strings.Cut(strings.TrimSpace(entry), "=")
		a := allowed{host: strings.ToLower(host)}
		if host == "" || strings.ContainsAny(host, "/: ") && net.ParseIP(host) == nil {
			return nil, fmt.Errorf("%q is no host: write smtp.example.com, or relay.internal=10.0.0.0/8", entry)
		}
		for network := range strings.SplitSeq(networks, ",") {
			if !bounded {
				break
			}
			prefix, err := netip.ParsePrefix(network)
			if err != nil {
				return nil, fmt.Errorf("%q: %q is no network: write it as 10.0.0.0/8", entry, network)
			}
			a.within = append(a.within, prefix)
		}
		list.entries = append(list.entries, a)
	}
	return list, nil
}

// Allows tells whether the host is on the list at all.
func (l *AllowList) Allows(host string) bool {
	_, ok := l.find(host)
	return ok
}

func (l *AllowList) find(host string) (allowed, bool) {
	for _, entry := range l.entries {
		if entry.host == strings.ToLower(strings.TrimSuffix(host, ".")) {
			return entry, true
		}
	}
	return allowed{}, false
}

// DialContext connects to a host on the list. The address is checked after the name was looked up and is the one that is
// dialled, so that a name cannot point elsewhere in between.
func (l *AllowList) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	entry, ok := l.find(host)
	if !ok {
		return nil, fmt.Errorf("host %q: %w", host, ErrNotAllowed)
	}
	found, err := l.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	refused := fmt.Errorf("host %q has no address that may be reached: %w", host, ErrNotAllowed)
	for _, ip := range found {
		if !entry.permits(ip.Unmap()) {
			continue
		}
		conn, err := l.dialer.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		refused = err
	}
	return nil, refused
}

func (a allowed) permits(ip netip.Addr) bool {
	for _, network := range a.within {
		if network.Contains(ip) {
			return true
		}
	}
	return len(a.within) == 0 && isPublic(ip)
}

// inside are networks that look public and need not be: this network (RFC 791), carriers' (RFC 6598), protocol assignments,
// benchmarks, reserved ones, and those of IPv6 that lead to an IPv4 address within them, whatever that is (NAT64, 6to4, Teredo).
var inside = func() (networks []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
	} {
		networks = append(networks, netip.MustParsePrefix(text))
	}
	return networks
}()

func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(inside, func(network netip.Prefix) bool { return network.Contains(ip) })
}
