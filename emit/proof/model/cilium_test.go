package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/grammar/diag"
)

// ciliumBuild is a random program with DNS names, for Cilium.
type ciliumBuild struct {
	world   *world
	top     *topology.Topology
	objects []any // as they are written
	cells   []cell
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
	if slices.ContainsFunc(unsupported, func(d diag.Diagnostic) bool { return d.Code != diag.CiliumUnsupported && d.Code != diag.MayCoverNodes }) {
		t.Fatalf("%s\n%s", messages(unsupported), x.text)
	}
	if unsupported.Errors() > 0 {
		return nil
	}
	b := &ciliumBuild{world: expand(x.program), top: top}
	var list struct{ Items []any }
	if data := lowered.Stream(manifest.FormatJSON); len(data) > 0 {
		if err := yaml.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
	}
	b.objects = list.Items
	s := newSampler(b.world, x.sampling)
	parties, found, ports := s.sample(), s.found(), s.somePorts(4)
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
	return b
}

// compare returns what the proof says of objects.
func (b *ciliumBuild) compare(objects []any) (proof.Difference, error) {
	data, err := manifest.MarshalObjects(objects, manifest.FormatYAML, false)
	if err != nil {
		return proof.Difference{}, err
	}
	return proof.Compare(b.top, cilium.Target{}, []manifest.File{{Data: data}}, manifest.FormatYAML)
}

// cluster reads objects for the simple evaluator.
func (b *ciliumBuild) cluster(objects []any) (*ciliumCluster, error) {
	c := &ciliumCluster{nodes: b.world.network.nodes, apiserver: b.world.network.apiserver}
	for _, o := range objects {
		data, err := yaml.Marshal(o)
		if err != nil {
			return nil, err
		}
		var read ciliumObject
		if err := yaml.UnmarshalStrict(data, &read); err != nil {
			return nil, err
		}
		if err := read.check(); err != nil {
			return nil, err
		}
		c.policies = append(c.policies, read)
	}
	return c, nil
}

// differ returns a cell at which objects and the language differ, and whether the objects permit it.
func (b *ciliumBuild) differ(c *ciliumCluster) (*cell, bool) {
	for i := range b.cells {
		at := &b.cells[i]
		if permitted := c.permits(at.from, at.to, at.on); permitted != (at.from == at.to || b.world.permits(at.from, at.to, at.on)) {
			return at, permitted
		}
	}
	return nil, false
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
			if at, permitted := b.differ(c); at != nil {
				t.Fatalf("from %v\nto %v\non %v: the objects say %v\n%s\n%s", at.from, at.to, at.on, permitted, x.text, asYAML(b.objects))
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

// judge compares the proof with the simple evaluator on a mutant, and says what it is.
func (b *ciliumBuild) judge(t *testing.T, mutant []any) string {
	d, err := b.compare(mutant)
	c, unread := b.cluster(mutant)
	if err != nil || unread != nil { // nothing is written then
		if unread == nil && strings.Contains(err.Error(), "nothing says") { // it is read, and a rule is open
			if at, _ := b.differ(c); at != nil {
				return "changed and refused"
			}
		}
		return "refused"
	}
	b.confirm(t, c, d.More, true)
	b.confirm(t, c, d.Less, false)
	at, more := b.differ(c)
	switch {
	case at != nil && (more && d.More == nil || !more && d.Less == nil):
		t.Fatalf("the proof misses %v -> %v on %v, permitted: %v\n%s", at.from, at.to, at.on, more, asYAML(mutant))
	case at != nil:
		return "changed"
	case d.More != nil || d.Less != nil:
		return "changed elsewhere"
	}
	return "the same"
}

// confirm checks a witness of the proof.
func (b *ciliumBuild) confirm(t *testing.T, c *ciliumCluster, witness *relation.Connection, more bool) {
	if witness == nil {
		return
	}
	spaces := map[string]map[string]string{}
	for _, n := range b.top.Namespaces {
		spaces[n.Name] = n.Labels
	}
	at, problem := cellOf(witness, spaces)
	if problem != "" {
		t.Fatalf("the witness %v cannot be: %s", witness, problem)
	}
	if c.permits(at.from, at.to, at.on) != more || b.world.permits(at.from, at.to, at.on) == more {
		t.Fatalf("at the witness %v there is no such difference", witness)
	}
}

func asYAML(objects []any) string {
	data, err := manifest.MarshalObjects(objects, manifest.FormatYAML, false)
	return fmt.Sprint(string(data), err)
}
