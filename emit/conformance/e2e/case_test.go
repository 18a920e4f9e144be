package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/emit/conformance/examples"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/random"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

// topology is one that is tried: what the command is told, and the same
// compiled in process.
type topology struct {
	name   string
	args   []string // of zt: the input, and the environment
	layout string
	*program.Program
}

// whole reports whether it is built as users mostly do: by tier, and all of it.
func (c *topology) whole() bool { return c.layout == "tier" && len(c.args) == 1 }

// exampleTopologies are all that the examples folder has.
func exampleTopologies(t *testing.T) []*topology {
	t.Helper()
	all, err := examples.All("../../../examples")
	if err != nil {
		t.Fatal(err)
	}
	var out []*topology
	for _, e := range all {
		p, err := e.Compile()
		if err != nil {
			t.Fatal(err)
		}
		c := &topology{name: e.String(), args: []string{e.Folder}, layout: layouts[e.Layout], Program: p}
		if e.Environment != "" {
			c.args = append(c.args, "--environment", e.Environment)
		}
		out = append(out, c)
	}
	return out
}

var layouts = map[networkpolicy.Layout]string{networkpolicy.ByTier: "tier", networkpolicy.ByEdge: "edge"}

// seed is what random topologies are drawn with, and said with each that fails.
const seed = 5

// randomTopology draws the topology of a number.
func randomTopology(t *testing.T, number uint64) *topology {
	t.Helper()
	text := random.Topology(rand.New(rand.NewPCG(seed, number)))
	c := fromText(t, text, networkpolicy.Layout(number%2))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d, number %d:\n%s", seed, number, text)
		}
	})
	return c
}

func fromText(t *testing.T, text string, layout networkpolicy.Layout) *topology {
	t.Helper()
	p, err := program.Source(text, layout)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "topology.zt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &topology{name: "random", args: []string{file}, layout: layouts[layout], Program: p}
}

// build returns what `zt build` writes.
func (c *topology) build(t *testing.T) []byte {
	t.Helper()
	stream, ok := zt(t, nil, append([]string{"build", "--layout", c.layout}, c.args...)...)
	if !ok {
		t.Fatal("zt build fails")
	}
	if string(stream) != string(c.Stream) {
		t.Fatal("the command builds something else than its packages")
	}
	return stream
}

// documents splits a stream into its documents.
func documents(stream []byte) []string { return strings.Split(string(stream), "\n---\n") }

// policies reads back what kubectl has printed as a list.
func policies(t *testing.T, list []byte) []*networkingv1.NetworkPolicy {
	t.Helper()
	var l networkingv1.NetworkPolicyList
	if err := yaml.UnmarshalStrict(list, &l); err != nil {
		t.Fatal(err)
	}
	var out []*networkingv1.NetworkPolicy
	for i := range l.Items {
		out = append(out, &l.Items[i])
	}
	return out
}

// policies returns the topology's objects.
func (c *topology) policies(t *testing.T) []*networkingv1.NetworkPolicy {
	t.Helper()
	out, err := manifest.ReadPolicies(c.Stream, manifest.FormatYAML)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
