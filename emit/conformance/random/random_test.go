package random_test

import (
	"math/rand/v2"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/random"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

func TestTopologiesCompile(t *testing.T) {
	for seed := range uint64(400) {
		before, after, both := random.Change(rand.New(rand.NewPCG(seed, 2)))
		for _, text := range []string{random.Topology(rand.New(rand.NewPCG(seed, 1))), before, after, both} {
			if _, err := program.Source(text, networkpolicy.ByTier); err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, text)
			}
		}
	}
}
