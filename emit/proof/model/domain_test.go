package model

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/clusternetworkpolicy"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// namedBuild is a random program with DNS names, for NetworkPolicies and ClusterNetworkPolicies.
type namedBuild struct {
	ciliumBuild
	plain  []manifest.File
	policy *cluster
}

// forDomains compiles a program; it is nil if ClusterNetworkPolicies cannot express it, or need not.
func forDomains(t *testing.T, x example, layout target.Layout) *namedBuild {
	t.Helper()
	top, diags, err := compile(x.program, x.text)
	if err != nil || top == nil {
		t.Fatalf("refused: %v%s\n%s", err, messages(diags), x.text)
	}
	policies, more := networkpolicy.Target{}.Lower(top, target.Options{Layout: layout, HostsBeside: true})
	named, unsupported := clusternetworkpolicy.Target{}.Lower(top, target.Options{Layout: layout})
	if more.Errors() > 0 || slices.ContainsFunc(unsupported, func(d diag.Diagnostic) bool { return d.Code != diag.DomainUnsupported }) {
		t.Fatalf("%s%s\n%s", messages(more), messages(unsupported), x.text)
	}
	if len(unsupported) > 0 || named.Len() == 0 {
		return nil
	}
	b := &namedBuild{ciliumBuild: ciliumBuild{world: expand(x.program), top: top}}
	b.plain = []manifest.File{{Data: policies.Stream(manifest.FormatYAML)}}
	if b.policy, err = decode(b.plain[0].Data); err != nil {
		t.Fatal(err)
	}
	b.policy.as = x.program.network.enforcement()
	b.objects = asWritten(t, named)
	b.sample(x)
	return b
}

func (b *namedBuild) compare(objects []any) (proof.GuardDifference, error) {
	var files []manifest.File
	if len(objects) > 0 {
		data, err := manifest.MarshalObjects(objects, manifest.FormatYAML, false)
		if err != nil {
			return proof.GuardDifference{}, err
		}
		files = []manifest.File{{Data: data}}
	}
	return proof.CompareGuards(b.top, networkpolicy.Target{}, b.plain, clusternetworkpolicy.Target{}, files, manifest.FormatYAML)
}

// tiers reads objects for the simple evaluator.
func (b *namedBuild) tiers(objects []any) (*tiered, error) {
	c := &tiered{plain: b.policy}
	for _, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		var read orderedObject
		if err := yaml.UnmarshalStrict(data, &read); err != nil {
			return nil, err
		}
		c.ordered = append(c.ordered, read)
	}
	return c, nil
}

// differs returns a cell at which objects and the language differ.
func (b *namedBuild) differs(c *tiered) *cell {
	for i := range b.cells {
		if at := &b.cells[i]; c.permits(at.from, at.to, at.on) != (at.from == at.to || b.world.permits(at.from, at.to, at.on)) {
			return at
		}
	}
	return nil
}

// drawDomains returns builds of random programs.
func drawDomains(t *testing.T, from, most int) (out []*namedBuild) {
	for i := 0; i < 100*most && len(out) < most; i++ {
		x := withNames.Example(from + i)
		if !connectsToHosts(x.program) {
			continue
		}
		if b := forDomains(t, x, layouts[i%len(layouts)]); b != nil {
			b.text = x.text
			out = append(out, b)
		}
	}
	return out
}

// TestDomainNames compiles random programs with DNS names to NetworkPolicies and ClusterNetworkPolicies, and compares
// what these permit together with what the language's definition says. The proof accepts them, and NetworkPolicies
// alone as those that permit the rest.
func TestDomainNames(t *testing.T) {
	t.Parallel()
	list := drawDomains(t, 60_000, run.ciliumPrograms)
	found := 0
	for _, b := range list {
		c, err := b.tiers(b.objects)
		if err != nil {
			t.Fatal(err)
		}
		if at := b.differs(c); at != nil {
			t.Fatalf("from %v\nto %v\non %v: the objects say %v\n%s\n%s%s", at.from, at.to, at.on, c.permits(at.from, at.to, at.on), b.text, b.plain[0].Data, asYAML(b.objects))
		}
		if d, err := b.compare(b.objects); err != nil || d != (proof.GuardDifference{}) {
			t.Fatalf("the proof says %v, more %v, less %v\n%s", err, d.More, d.Less, b.text)
		}
		if d, err := proof.CompareUnnamed(b.top, networkpolicy.Target{}, b.plain, manifest.FormatYAML); err != nil || d != (proof.Difference{}) {
			t.Fatalf("the proof says %v, more %v, less %v of the NetworkPolicies\n%s", err, d.More, d.Less, b.text)
		}
		for _, at := range b.cells {
			if at.to.host != "" && c.decides(at.from, at.to, at.on) == "Accept" {
				found++
			}
		}
	}
	if t.Logf("%d programs, %d cells that a name opens", len(list), found); len(list) < run.ciliumPrograms || found < 10*len(list) {
		t.Error("too little is tested")
	}
}

// TestDomainNameMutants changes the ClusterNetworkPolicies anywhere. What the simple evaluator finds to differ, the
// proof reports, and what the proof reports is so.
func TestDomainNameMutants(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	for i, b := range drawDomains(t, 70_000, run.ciliumPrograms) {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		for range 8 {
			mutant := mutate(b.objects, r)
			if mutant == nil {
				continue
			}
			d, err := b.compare(mutant)
			c, unread := b.tiers(mutant)
			if err != nil || unread != nil {
				counts["refused"]++
				continue
			}
			b.confirmNamed(t, c, d.More, true)
			b.confirmNamed(t, c, d.Less, false)
			switch at := b.differs(c); {
			case at != nil && d.More == nil && d.Less == nil:
				t.Fatalf("the proof misses %v -> %v on %v\n%s\n%s", at.from, at.to, at.on, b.text, asYAML(mutant))
			case at != nil:
				counts["changed"]++
			case d.More != nil || d.Less != nil:
				counts["changed elsewhere"]++
			default:
				counts["the same"]++
			}
		}
	}
	if t.Log(counts); counts["changed"] < counts["changed elsewhere"]/2 || counts["changed"] == 0 || counts["refused"] == 0 {
		t.Error("the simple evaluator finds too few changes for its word to count")
	}
}

// confirmNamed checks a witness of the proof.
func (b *namedBuild) confirmNamed(t *testing.T, c *tiered, witness *relation.Connection, more bool) {
	t.Helper()
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
		t.Fatalf("at the witness %v there is no such difference\n%s\n%v", witness, b.text, asYAML(b.objects))
	}
}
