// Package probe makes real connections between hosts, and tells what got
// through, what was refused, and what nobody knows of.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zt-lang/zt/emit/conformance/cluster"
)

// Attempt is one connection to try.
type Attempt struct {
	From     *cluster.Host
	FromAddr netip.Addr
	To       netip.AddrPort
	Name     string // of the host that is to answer
	UDP      bool
}

func (a Attempt) String() string {
	protocol := "tcp"
	if a.UDP {
		protocol = "udp"
	}
	return fmt.Sprintf("%v -> %v/%s (%s)", a.FromAddr, a.To, protocol, a.Name)
}

// patience is how long an attempt waits for an answer, each time that it is
// tried. Whoever is refused is told at once, so nearly none waits at all: only a packet that
// got lost is waited for, or one that waits itself for a processor.
var patience = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second}

// inFlight is how many attempts are under way at a time.
const inFlight = 64

// Outcomes are those of attempts, in their order.
type Outcomes struct {
	Connected []bool
	Retried   int // how many were tried again, since nobody answered
}

// All tries all attempts. One that nobody answers is not denied but unknown: it is
// tried again, and if that goes on the error says so.
func All(ctx context.Context, attempts []Attempt) (Outcomes, error) {
	out := Outcomes{Connected: make([]bool, len(attempts))}
	errs := make([]error, len(attempts))
	var next, retried atomic.Int64
	var wait sync.WaitGroup
	for range min(inFlight, len(attempts)) {
		wait.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(attempts) {
					return
				}
				var tries int
				out.Connected[i], tries, errs[i] = attempts[i].Try(ctx)
				retried.Add(int64(tries - 1))
			}
		})
	}
	wait.Wait()
	out.Retried = int(retried.Load())
	return out, errors.Join(append(errs, ctx.Err())...)
}

// Try tries one attempt, until it is known whether it gets through.
func (a Attempt) Try(ctx context.Context) (connected bool, tries int, err error) {
	for _, p := range patience {
		tries++
		connected, err = a.once(p)
		if !errors.Is(err, errUnanswered) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("%v: %w", a, err)
	}
	return connected, tries, err
}

// once tries an attempt once. It got through when the host itself has
// answered, and is denied when the node says that it is prohibited. Everything else is an error.
func (a Attempt) once(patience time.Duration) (bool, error) {
	kind := unix.SOCK_STREAM
	if a.UDP {
		kind = unix.SOCK_DGRAM
	}
	fd, err := a.From.Socket(a.FromAddr, kind)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	answer, err := ask(fd, a.To, a.UDP, time.Now().Add(patience))
	switch {
	case prohibited(err):
		return false, nil
	case err != nil:
		return false, err
	case answer != a.Name:
		return false, fmt.Errorf("%q answers", answer)
	}
	return true, nil
}
