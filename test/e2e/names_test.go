// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"errors"
	"net"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// mailHost is the name of the mail server, as a Program names it.
const mailHost = "mail.example.com"

// startNames answers the names that pods ask for: mailHost is the node, no other name exists. It ends with the process.
func (c *cluster) startNames() error {
	address := net.ParseIP(c.Address).To4()
	if address == nil {
		return errors.New("the node has no IPv4 address")
	}
	socket, err := net.ListenPacket("udp", net.JoinHostPort(c.Address, "53"))
	if err != nil {
		return err
	}
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(packet)
			if err != nil {
				return
			}
			if answer, ok := answerName(packet[:n], [4]byte(address)); ok {
				_, _ = socket.WriteTo(answer, from) // whoever gets none asks again
			}
		}
	}()
	return nil
}

func answerName(packet []byte, address [4]byte) ([]byte, bool) {
	var query dnsmessage.Message
	if err := query.Unpack(packet); err != nil || len(query.Questions) != 1 {
		return nil, false
	}
	question := query.Questions[0]
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: query.ID, Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: query.Questions,
	}
	switch {
	case !strings.EqualFold(question.Name.String(), mailHost+"."):
		answer.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		answer.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 5},
			Body:   &dnsmessage.AResource{A: address},
		}}
	}
	packed, err := answer.Pack()
	return packed, err == nil
}
