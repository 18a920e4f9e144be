package lsp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/resolve"
)

// BenchmarkKeystroke measures the time from a change to its diagnostics.
func BenchmarkKeystroke(b *testing.B) {
	for _, edges := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(edges), func(b *testing.B) {
			c := start(b, nil, Options{})
			c.open("a.zt", large(edges))
			c.diagnostics("a.zt")
			end := len(c.text["a.zt"])
			for b.Loop() {
				c.replace("a.zt", end, len(c.text["a.zt"]), fmt.Sprintf("# %d\n", c.version["a.zt"]))
				c.diagnostics("a.zt")
			}
		})
	}
}

// A keystroke in a program of 10,000 edges costs little more than compiling the program: diagnostics
// do not wait for the proof.
func TestKeystrokeRatio(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	text := large(10_000)
	c := start(t, nil, Options{})
	c.open("a.zt", text)
	c.diagnostics("a.zt")
	best := func(f func()) time.Duration {
		least := time.Hour
		for range 7 {
			begin := time.Now()
			f()
			least = min(least, time.Since(begin))
		}
		return least
	}
	keystroke := best(func() {
		c.replace("a.zt", len(c.text["a.zt"]), len(c.text["a.zt"]), "#")
		c.diagnostics("a.zt")
	})
	compile := best(func() {
		in := compiler.Input{Path: "a.zt", Text: &text}
		options := compiler.Options{Info: &resolve.Info{}}
		if p, err := compiler.Inspect(nil, []compiler.Input{in}, nil, options); err != nil || !p.Complete {
			t.Fatal(err, p.Diagnostics)
		}
	})
	t.Logf("a keystroke %v, compiling %v", keystroke, compile)
	if keystroke > 4*compile {
		t.Errorf("a keystroke takes %v, and compiling %v", keystroke, compile)
	}
	if strings.Count(c.text["a.zt"], "->") != 10_000 {
		t.Error("this is not the program of 10,000 edges")
	}
}
