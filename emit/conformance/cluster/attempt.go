package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Attempt is one connection to try.
type Attempt struct {
	From, To *Host
	V6       bool
	UDP      bool
	Port     int
}

func (a Attempt) String() string {
	protocol := "tcp"
	if a.UDP {
		protocol = "udp"
	}
	return fmt.Sprintf("%v -> %v:%d/%s (%s)", a.From.addr(a.V6), a.To.addr(a.V6), a.Port, protocol, a.To.name)
}

// patience is how long each try waits for an answer. A denied connection is refused at once, so
// only a lost packet or a busy machine makes a try wait.
var patience = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second}

// inFlight is the number of attempts that are made at a time.
const inFlight = 64

// Try makes all attempts, and returns whether each connected. An attempt without an answer is not
// denied but unknown: Try repeats it, and returns an error if there is never an answer. It also
// returns how many attempts it repeated.
func Try(ctx context.Context, attempts []Attempt) (connected []bool, repeated int64, err error) {
	connected = make([]bool, len(attempts))
	errs := make([]error, len(attempts))
	var again atomic.Int64
	var wait sync.WaitGroup
	free := make(chan bool, inFlight)
	for i, a := range attempts {
		if ctx.Err() != nil {
			break
		}
		free <- true
		wait.Go(func() {
			var tries int
			connected[i], tries, errs[i] = a.Try(ctx)
			again.Add(int64(tries - 1))
			<-free
		})
	}
	wait.Wait()
	return connected, again.Load(), errors.Join(append(errs, ctx.Err())...)
}

// Try tries to connect until the outcome is known.
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

// once tries to connect once. It is connected when the host itself has answered, and denied when the
// node answers that it is prohibited. Everything else is an error.
func (a Attempt) once(patience time.Duration) (bool, error) {
	kind := unix.SOCK_STREAM
	if a.UDP {
		kind = unix.SOCK_DGRAM
	}
	fd, err := a.From.socket(a.V6, kind)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	answer, err := a.ask(fd, time.Now().Add(patience))
	switch {
	case errors.Is(err, unix.EHOSTUNREACH) || errors.Is(err, unix.EACCES): // how IPv4 and IPv6 report "administratively prohibited"
		return false, nil
	case err != nil:
		return false, err
	case answer != a.To.name:
		return false, fmt.Errorf("%q answers", answer)
	}
	return true, nil
}
