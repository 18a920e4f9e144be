package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/grammar/diag"
)

// ciliumBuild is a random program with DNS names, for Cilium.
type ciliumBuild struct {
	world   *world
	text    sources
	top     *topology.Topology
	objects []any // as they are written
	cells   []cell
	guarded bool // with guardrails
	parties []*party
	ports   []port
}

// withNames are random programs with DNS names.
var withNames = rapid.Custom(func(t *rapid.T) example {
	x := draw(t, false)
	withHosts(t, x.program)
	x.text = x.program.print(x.spelling, false)
	return x
})

// forCilium compiles a program for Cilium; it is nil if policies of Cilium cannot express it.
func forCilium(t *testing.T, x example, layout target.Layout) *ciliumBuild {
	t.Helper()
	top, diags, err := compile(x.program, x.text)
	if err != nil || top == nil {
		t.Fatalf("refused: %v%s\n%s", err, messages(diags), x.text)
	}
	lowered, unsupported := cilium.Target{}.Lower(top, target.Options{Layout: layout})
	if slices.ContainsFunc(unsupported, func(d diag.Diagnostic) bool {
		return d.Code != diag.CiliumUnsupported && d.Code != diag.MayCoverNodes && d.Code != diag.CiliumDropsSCTP
	}) {
		t.Fatalf("%s\n%s", messages(unsupported), x.text)
	}
	if unsupported.Errors() > 0 {
		return nil
	}
	b := &ciliumBuild{world: expand(x.program), top: top}
	b.objects = asWritten(t, lowered)
	b.sample(x)
	return b
}

// asWritten returns objects as values of JSON.
func asWritten(t *testing.T, lowered target.Objects) []any {
	t.Helper()
	var list struct{ Items []any }
	if data := lowered.Stream(manifest.FormatJSON); len(data) > 0 {
		if err := yaml.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
	}
	return list.Items
}

// sample sets the cells.
func (b *ciliumBuild) sample(x example) {
	s := newSampler(b.world, x.sampling)
	parties, found, ports := s.sample(), s.found(), s.somePorts(4)
	b.parties, b.ports = slices.Concat(parties, found), s.somePorts(8)
	for _, list := range []*[]*party{&parties, &found} {
		s.random.Shuffle(len(*list), func(i, j int) { (*list)[i], (*list)[j] = (*list)[j], (*list)[i] })
		*list = (*list)[:min(18, len(*list))]
	}
	for _, from := range parties {
		for _, to := range slices.Concat(parties, found) {
			if !from.isPod() && !to.isPod() {
				continue
			}
			for _, on := range ports {
				b.cells = append(b.cells, cell{from, to, on})
			}
		}
	}
}

// TestCilium compiles random programs to CiliumNetworkPolicies and compares what these permit with what
// the language's definition says; and the proof accepts them.
func TestCilium(t *testing.T) {
	t.Parallel()
	compared := 0
	for i := range run.ciliumPrograms {
		x := withNames.Example(i)
		for _, layout := range layouts {
			b := forCilium(t, x, layout)
			if b == nil {
				continue
			}
			compared++
			c, err := b.cluster(b.objects)
			if err != nil {
				t.Fatal(err)
			}
			if found := b.differ(c, nil); len(found) > 0 {
				t.Fatalf("%v\n%s\n%s", found, x.text, asYAML(b.objects))
			}
			if d, err := b.compare(b.objects); err != nil || d.More != nil || d.Less != nil {
				t.Fatalf("the proof says %v, more %v, less %v\n%s\n%s", err, d.More, d.Less, x.text, asYAML(b.objects))
			}
		}
	}
	if t.Logf("%d builds compared", compared); compared < run.ciliumPrograms {
		t.Error("policies of Cilium can express too few programs")
	}
}

// TestCiliumMutants changes emitted objects anywhere. What the simple evaluator finds to differ, the proof
// reports, and what the proof reports is so.
func TestCiliumMutants(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	for i := range run.ciliumPrograms {
		b := forCilium(t, withNames.Example(10_000+i), layouts[i%len(layouts)])
		if b == nil {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(i), 1))
		for range 6 {
			if mutant := mutate(b.objects, r); mutant != nil {
				counts[b.judge(t, mutant)]++
			}
		}
	}
	t.Log(counts)
	if changed := counts["changed"] + counts["changed and refused"]; changed == 0 || changed < counts["changed elsewhere"] {
		t.Error("the simple evaluator finds too few changes for its word to count")
	}
}

// TestCiliumWithoutDNS removes the rules for DNS of emitted objects, without which Cilium never learns the
// addresses of host names. The proof then refuses the objects.
func TestCiliumWithoutDNS(t *testing.T) {
	t.Parallel()
	removed := 0
	for i := 0; i < 300 && removed <= run.ciliumPrograms/20; i++ {
		b := forCilium(t, withNames.Example(20_000+i), layouts[i%len(layouts)])
		if b == nil || !strings.Contains(asYAML(b.objects), "toFQDNs") {
			continue
		}
		removed++
		withoutDNS(b.objects)
		if _, err := b.compare(b.objects); err == nil {
			t.Fatalf("the proof accepts names that Cilium never learns\n%s", asYAML(b.objects))
		}
	}
	if t.Logf("%d builds with host names", removed); removed == 0 {
		t.Error("nothing is tested")
	}
}

// withoutDNS removes what a proxy for DNS checks from a part of an object.
func withoutDNS(part any) {
	switch part := part.(type) {
	case map[string]any:
		if _, ports := part["ports"]; ports {
			delete(part, "rules")
		}
		for _, p := range part {
			withoutDNS(p)
		}
	case []any:
		for _, p := range part {
			withoutDNS(p)
		}
	}
}

func asYAML(objects []any) string {
	data, err := manifest.MarshalObjects(objects, manifest.FormatYAML, false)
	return fmt.Sprint(string(data), err)
}
