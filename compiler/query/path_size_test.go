package query

import (
	"fmt"
	"strings"
	"testing"
)

// Following the chains of very many parties is refused, unless one is named from which they start.
func TestTooManyChains(t *testing.T) {
	graph := func(n int) (*Model, *Graph) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "tier t%d { app=t%[1]d } :80\n", i)
		}
		for i := range n - 1 {
			fmt.Fprintf(&b, "t%d -> t%d\n", i, i+1)
		}
		v := viewOfProgram(t, b.String())
		return v, v.Graph(v.Reach())
	}
	if _, g := graph(500); g.TooMany(nil) {
		t.Error("500 tiers are too many")
	}
	v, g := graph(4000)
	p, err := v.Party("t0")
	if err != nil {
		t.Fatal(err)
	}
	if !g.TooMany(nil) || g.TooMany([]*Party{p}) {
		t.Errorf("4000 tiers: %v, from one: %v", g.TooMany(nil), g.TooMany([]*Party{p}))
	}
}
