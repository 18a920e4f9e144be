package e2e

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zt-lang/zt/emit/conformance/scene"
)

// traffic tries connections again and again. Each must succeed at every moment.
type traffic struct {
	stop   context.CancelFunc
	wait   sync.WaitGroup
	rounds []atomic.Int64 // of each worker: how often it has tried all of its cells
	step   atomic.Pointer[string]

	mu     sync.Mutex
	failed []string
}

const (
	workers = 4
	// pause is the time between the rounds of a worker, which leaves time for others.
	pause = 10 * time.Millisecond
)

// start tries the connections of cells until end.
func (st *stage) start(t *testing.T, cells []scene.Cell) *traffic {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	tr := &traffic{stop: stop, rounds: make([]atomic.Int64, workers)}
	tr.at("the beginning")
	for w := range workers {
		tr.wait.Go(func() {
			for ctx.Err() == nil {
				for i := w; i < len(cells) && ctx.Err() == nil; i += workers {
					tr.try(ctx, st, cells[i])
				}
				tr.rounds[w].Add(1)
				time.Sleep(pause)
			}
		})
	}
	t.Cleanup(func() { tr.end() })
	return tr
}

func (tr *traffic) try(ctx context.Context, st *stage, c scene.Cell) {
	step := *tr.step.Load()
	through, tries, err := st.attempt(c).Try(ctx)
	total.probes.Add(1)
	total.retried.Add(int64(tries - 1))
	if through {
		total.permitted.Add(1)
		return
	}
	if err != nil && ctx.Err() != nil {
		return // it was waiting when the test ended
	}
	if err == nil {
		err = fmt.Errorf("%v is refused", c)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.failed = append(tr.failed, fmt.Sprintf("after %s: %v", step, err))
}

// at names the current step.
func (tr *traffic) at(step string) { tr.step.Store(&step) }

// round waits until every connection was tried again as a whole.
func (tr *traffic) round(t *testing.T) {
	t.Helper()
	for w := range tr.rounds {
		// The current round began before; the next is whole.
		whole := tr.rounds[w].Load() + 2
		for end := time.Now().Add(bound); tr.rounds[w].Load() < whole; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("in %v, not every connection was tried", bound)
			}
		}
	}
}

// end stops the connections, and returns the failures.
func (tr *traffic) end() []string {
	tr.stop()
	tr.wait.Wait()
	return tr.failed
}
