// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// score is what a customer gives: mostly good, every tenth bad.
func (c *customer) score() int {
	if c.number%10 == 3 {
		return 2
	}
	return 7 + c.number%4
}

// form is the filled in page, sent a minute after it was opened.
func (c *customer) form() url.Values {
	return url.Values{
		"q.recommend": {strconv.Itoa(c.score())}, "q.comment": {fmt.Sprintf("said by customer %d", c.number)},
		"_asked": {"q.recommend", "q.what-went-wrong", "q.comment"}, "_contact": {"yes"}, "_do": {"send"},
		"_began": {strconv.FormatInt(time.Now().Add(-time.Minute).UnixMilli(), 10)},
	}
}

// answer sends the form through the Service, as the proxy before it would. Acknowledged is the page that says thank you.
func (c *customer) answer(ctx context.Context, to *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+c.page, strings.NewReader(c.form().Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", c.number))
	response, err := to.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	page, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(string(page), "Thank you") {
		return fmt.Errorf("%s: %.2000s", response.Status, page)
	}
	return nil
}

// blow is what happens to the operator once so many answers were acknowledged.
type blow struct {
	after  int
	what   string
	strike func(*corev1.Pod) error
}

// answerAll lets those who have not answered do so, eight at once, up to a number of customers. Who gets no acknowledgement tries
// again, as people do.
func (p *program) answerAll(t *testing.T, upTo int, blows ...blow) {
	t.Helper()
	address := p.through
	if address == "" {
		address = p.service(t, release)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
	defer cancel()
	// No connection is kept: each would go on to the pod that it was opened to.
	to := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	var refused atomic.Int64
	waiting, acknowledged := make(chan *customer, customers), make(chan bool, customers)
	for _, one := range p.customers[p.answered:upTo] {
		waiting <- one
	}
	close(waiting)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			pace := time.NewTicker(150 * time.Millisecond) // fifty a second, all together
			defer pace.Stop()
			for one := range waiting {
				<-pace.C
				if err := one.insist(ctx, to, address, &refused); err != nil {
					t.Errorf("customer %d could not answer: %v", one.number, err)
				}
				acknowledged <- true
			}
		})
	}
	for n := range upTo - p.answered {
		<-acknowledged
		for _, b := range blows {
			if b.after == n+1 {
				before := refused.Load()
				p.hit(t, b)
				defer func() {
					if refused.Load() == before {
						t.Errorf("nobody noticed that %s", b.what)
					}
				}()
			}
		}
	}
	group.Wait()
	say("%d answers were acknowledged, %d attempts were not", upTo-p.answered, refused.Load())
	p.answered = upTo
}

// insist answers until the answer is acknowledged.
func (c *customer) insist(ctx context.Context, to *http.Client, address string, refused *atomic.Int64) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.answer(ctx, to, address)
		if err == nil {
			return nil
		}
		refused.Add(1)
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// hit strikes the operator, Ready or not. What it logged is read before it is lost.
func (p *program) hit(t *testing.T, b blow) {
	t.Helper()
	pods, err := p.pods(t.Context())
	if err != nil || len(pods) != 1 {
		t.Fatalf("%d pods, not one: %v", len(pods), err)
	}
	p.readLog(t, &pods[0])
	if err := b.strike(&pods[0]); err != nil {
		t.Error(err)
	}
	say("%s", b.what)
}

// blows end the operator's process after a third of the answers, and its pod, without a moment's notice, after two.
func (p *program) blows(t *testing.T) []blow {
	t.Helper()
	return []blow{
		{customers / 3, "the operator's process was killed", func(pod *corev1.Pod) error {
			return p.Kill(t.Context(), strings.TrimPrefix(pod.Status.ContainerStatuses[0].ContainerID, "containerd://"))
		}},
		{2 * customers / 3, "the pod was deleted by force", func(pod *corev1.Pod) error {
			return p.kube.CoreV1().Pods(system).Delete(t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64)})
		}},
	}
}
