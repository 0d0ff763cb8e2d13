// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

// peopleOptions are the flags about people: mail out, answers in.
type peopleOptions struct {
	sendingNamespaces string
	allowHosts        list
	publicURL         string
	linkKeys          string
	apiTokens         string
	gatewayAddress    string
	opsAddress        string
	outboxFolder      string
	redirectHosts     list
	trustedProxies    list
}

// list is a flag that can be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

// Set adds a value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func (o *peopleOptions) register(f *flag.FlagSet) {
	f.StringVar(&o.sendingNamespaces, "sending-namespaces", "", "namespaces whose programs may send mail, separated by commas; * for all; "+
		"empty: nothing is sent to anybody")
	f.Var(&o.allowHosts, "allow-host", "a mail server that programs may use, e.g. smtp.example.com, or relay.internal=10.0.0.0/8 for one "+
		"at a private address; can be repeated")
	f.StringVar(&o.publicURL, "public-url", "", "where people reach the survey pages, e.g. https://feedback.example.com; empty: no pages "+
		"and no mail; with --api-tokens the API for the cluster is served all the same")
	f.StringVar(&o.linkKeys, "link-keys", "", "file with the keys that sign links, the present one first: one line for each, "+
		"a number from 0 to 255 and 32 random bytes in base64; two at most; read anew when it changes")
	f.StringVar(&o.apiTokens, "api-tokens", "", "file with the tokens of whoever uses the APIs: one line for each, a program id, what "+
		"the token is for (answers, contacts, people, preview, operate; several with commas), and the token, of 32 characters or more; "+
		"read anew when it changes")
	f.StringVar(&o.gatewayAddress, "gateway-bind-address", ":8090", "address of the survey pages")
	f.StringVar(&o.opsAddress, "gateway-ops-bind-address", ":8091", "address of the survey pages' health and metrics")
	f.StringVar(&o.outboxFolder, "outbox-folder", "", "folder in which channels of type file write links; empty: none can be used")
	f.Var(&o.redirectHosts, "redirect-host", "a host to which people may be sent after they answered; can be repeated")
	f.Var(&o.trustedProxies, "trusted-proxy", "a network whose X-Forwarded-For is believed, e.g. 10.0.0.0/8; can be repeated")
}

// people are the parts of the process that deal with people.
type people struct {
	figures  *figures
	services controllers.Services
	// pages serve answers in; they need no cluster, and run also while there is none. Nil without.
	pages func(context.Context) error
	// files hold secrets, and are to be watched.
	files []*secretFile
}

// newPeople builds what the flags ask for. Without --public-url nobody is written to and no page is served.
func newPeople(o peopleOptions, evidence storage, log *slog.Logger) (people, error) {
	figures := newFigures(evidence)
	evidence = figures.store
	p := people{figures: figures, services: controllers.Services{
		Evidence: evidence, People: evidence, Offers: evidence, Metrics: figures.objects,
	}}
	if o.publicURL == "" {
		if o.sendingNamespaces != "" {
			return p, errors.New("--sending-namespaces needs --public-url: the links in mails lead there")
		}
		return p, p.serveInside(o, evidence, log)
	}
	if !isPublicURL(o.publicURL) {
		return p, fmt.Errorf("--public-url is %q: write it as https://feedback.example.com, a host of its own and nothing behind it", o.publicURL)
	}
	keys, file, err := linkKeysFile(o.linkKeys, log)
	if err != nil {
		return p, err
	}
	p.services.Links, p.files = keys, append(p.files, file)
	hosts, err := delivery.ParseAllowList(o.allowHosts)
	if err != nil {
		return p, fmt.Errorf("--allow-host: %w", err)
	}
	registry := &delivery.Registry{Hosts: hosts, Folder: o.outboxFolder} // knows no program while sending is off
	if err = p.serve(o, evidence, registry, log); err != nil {
		return p, err
	}
	if o.sendingNamespaces == "" {
		return p, nil
	}
	p.services.Sending = program.Sending{Allowed: o.maySend, Channels: registry, Pauses: evidence}
	p.services.Routes = countedRoutes{registry, figures}
	p.services.Hooks, p.services.PublicURL = countedHooks{delivery.NewHooks(hosts, time.Now), figures}, strings.TrimSuffix(o.publicURL, "/")
	p.services.Mail = manager.RunnableFunc((&delivery.Sender{
		Queue: evidence, Waves: evidence, Roster: registry, Links: linker(keys, p.services.PublicURL),
		Clock: clock.RealClock{}, Worker: worker(),
		Report: func(err error) { ctrl.Log.WithName("delivery").Error(err, "mail") }, Observe: figures.attempt,
	}).Run)
	return p, nil
}

// isPublicURL says whether the pages can be at this address. They are at the root of a host: below a path, each link in a mail would lead
// to nothing.
func isPublicURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http") &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// serveInside serves the cluster's address where there are no pages: evidence and contacts need none. Without tokens nobody could ask.
func (p *people) serveInside(o peopleOptions, evidence storage, log *slog.Logger) error {
	if o.apiTokens == "" {
		return nil
	}
	return p.serve(o, evidence, nil, log)
}

// serve opens the gateway's addresses, with the tokens and keys that there are.
func (p *people) serve(o peopleOptions, evidence storage, roster delivery.Roster, log *slog.Logger) error {
	var authorize gateway.Authorize
	if o.apiTokens != "" {
		tokens, file, err := apiTokensFile(o.apiTokens, log)
		if err != nil {
			return err
		}
		authorize, p.files = tokens.authorize, append(p.files, file)
	}
	pages, err := newGateway(o, evidence, roster, p.services.Links, authorize, p.figures.registry, log)
	p.pages = pages
	return err
}

func (o peopleOptions) maySend(namespace string) bool {
	for name := range strings.SplitSeq(o.sendingNamespaces, ",") {
		if name = strings.TrimSpace(name); name == "*" || name == namespace {
			return true
		}
	}
	return false
}

// worker names this process among those that share a store.
func worker() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	return host + "/" + strconv.Itoa(os.Getpid())
}

// linker makes the addresses in a mail anew from what the store knows of the invitation.
func linker(keys link.Keys, base string) delivery.Linker {
	return func(message store.Message) (delivery.Links, error) {
		pair, err := keys.Remake(message.Wave, message.Link)
		if err != nil {
			return delivery.Links{}, err
		}
		return delivery.Links{Answer: base + "/s/" + pair.Answer, OptOut: base + "/o/" + pair.OptOut, ExpiresAt: message.Link.ExpiresAt}, nil
	}
}

// newGateway opens the addresses of the survey pages; what it returns serves them.
func newGateway(o peopleOptions, asked storage, roster delivery.Roster, keys link.Keys, authorize gateway.Authorize,
	figures gateway.Registry, log *slog.Logger,
) (func(context.Context) error, error) {
	var proxies []netip.Prefix
	for _, text := range o.trustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxy %q is no network: write it as 10.0.0.0/8", text)
		}
		proxies = append(proxies, prefix)
	}
	ready := func(ctx context.Context) error {
		_, err := asked.Revision(ctx, "") // of no program, which it has to look for all the same
		return err
	}
	pages, err := gateway.New(gateway.Options{
		Store: asked, Contacts: asked, People: asked, Operations: asked, Offers: asked, Keys: keys, Authorize: authorize,
		Trials:        gateway.Trials{Roster: roster, Bars: asked, PublicURL: o.publicURL},
		RedirectHosts: o.redirectHosts, TrustedProxies: proxies, Ready: ready, Metrics: figures, Log: log,
	})
	if err != nil {
		return nil, err
	}
	listen := gateway.Listen
	if o.publicURL == "" {
		listen = func(g *gateway.Gateway, _, opsAddress string) (*gateway.Server, error) {
			return gateway.ListenInside(g, opsAddress)
		}
	}
	server, err := listen(pages, o.gatewayAddress, o.opsAddress)
	if err != nil {
		return nil, fmt.Errorf("serving the survey pages: %w", err)
	}
	return server.Run, nil
}
