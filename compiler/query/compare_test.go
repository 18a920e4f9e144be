package query

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/relation"
)

// change is two sets of policies over the same namespaces.
type change struct {
	old, new *cluster
	same     bool // both permit the same, by how the one is made of the other
	seed     uint64
}

// GoString shows a change where a failure is reported.
func (c change) GoString() string {
	return fmt.Sprintf("the same: %v\nold: %#v\nnew: %#v", c.same, c.old, c.new)
}

var changes = rapid.Custom(func(t *rapid.T) change {
	d := drawer{t}
	c := change{old: d.cluster(), seed: rapid.Uint64Range(0, 1<<20).Draw(t, "seed")}
	c.new = &cluster{spaces: c.old.spaces}
	switch d.n(8) {
	case 0:
		c.new.policies = d.cluster().policies
	case 1, 2, 3:
		c.new.policies, c.same = d.rewritten(c.old.policies), true
	default:
		c.new.policies = d.changed(c.old.policies)
	}
	return c
})

// view returns the view of one of the two.
func (c change) view(t *rapid.T, of *cluster) *Model {
	v, err := OfManifests(inventoryOf(t, asJSON(of.objects())), c.old.spaces, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// anybody samples pods and addresses that could exist: namespaces that nobody declares carry any labels.
func (c change) anybody(random *rand.Rand, count int) []end {
	labels := func(keys []string) map[string]string {
		out := map[string]string{}
		for _, k := range keys {
			values := append(slices.Clone(valuesOf[k]), "another")
			if i := random.IntN(len(values) + 1); i < len(values) {
				out[k] = values[i]
			}
		}
		return out
	}
	var out []end
	for range count {
		ns := append(slices.Clone(spaceNames), "elsewhere", "stranger")[random.IntN(len(spaceNames)+2)]
		has, declared := c.old.spaces[ns]
		if has = maps.Clone(has); !declared {
			has = labels(spaceKeys)
		}
		has["kubernetes.io/metadata.name"] = ns
		e := end{ns: ns, nsHas: has, labels: labels(podKeys)}
		for _, name := range portNames {
			if random.IntN(2) == 0 {
				e.listen = append(e.listen, listen{name, protocols[random.IntN(3)], numbers[random.IntN(len(numbers))]})
			}
		}
		out = append(out, e)
	}
	for _, a := range addresses {
		out = append(out, end{addr: netip.MustParseAddr(a)})
	}
	return out
}

// possible reports whether both can be at once: a namespace has one set of labels.
func possible(from, to end) bool {
	if from.addr.IsValid() || to.addr.IsValid() {
		return from.addr.IsValid() != to.addr.IsValid()
	}
	return from.ns != to.ns || maps.Equal(from.nsHas, to.nsHas)
}

// TestCompare holds comparisons against the naive evaluator: they are equal only if no sampled connection tells
// the two apart, every one that does is in a line, and the witness of each line does.
func TestCompare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := changes.Draw(t, "change")
		old, new := c.old.naive(), c.new.naive()
		oldView, newView := c.view(t, c.old), c.view(t, c.new)
		comparison := Compare(oldView, newView)
		if c.same && !comparison.Equal() {
			t.Fatalf("policies that permit the same differ: %v", lines(comparison))
		}
		sides := []struct {
			list         []Difference
			more, less   naive
			wider, other *Model
		}{{comparison.Added, new, old, newView, oldView}, {comparison.Removed, old, new, oldView, newView}}
		random := rand.New(rand.NewPCG(c.seed, 2))
		for _, s := range sides {
			for _, line := range s.list {
				if comparison.Verdict() == Unknown {
					break // the lines are of the reading in which blocks of addresses match pods
				}
				from, to, p := concrete(line.Witness.From), concrete(line.Witness.To), concretePort(line.Witness.Port)
				for _, name := range line.Witness.Port.Names {
					to.listen = append(to.listen, listen{name, p.protocol, p.number})
				}
				if to.addr.IsValid() && to.listen != nil {
					t.Fatalf("the witness %v has containers that call a port %v", to, line.Witness.Port)
				}
				if !c.declares(from) || !c.declares(to) || !possible(from, to) {
					t.Fatalf("the witness %v -> %v cannot exist", from, to)
				}
				if !s.more.permits(from, to, p) || s.less.permits(from, to, p) {
					t.Fatalf("the witness %v -> %v :%s is permitted as well, or by neither", from, to, p)
				}
				if !line.From.has(from) || !line.To.has(to) || !hasPort(line.Ports, to, p) {
					t.Fatalf("the witness %v -> %v :%s is not in its line %s -> %s :%s", from, to, p, line.From.Name, line.To.Name, line.Ports)
				}
			}
		}
		parties := c.anybody(random, 40)
		for _, from := range parties {
			for _, to := range parties {
				if !possible(from, to) {
					continue
				}
				for range 3 {
					p := ports[random.IntN(len(ports))]
					before, after := old.permits(from, to, p), new.permits(from, to, p)
					for i, s := range sides {
						differs := before != after && after == (i == 0)
						in := slices.ContainsFunc(s.list, func(l Difference) bool {
							return l.From.has(from) && l.To.has(to) && hasPort(l.Ports, to, p)
						})
						if differs && !in {
							t.Fatalf("%v\n-> %v :%s\nwas %v and is %v, and no line says so: %v", from, to, p, before, after, lines(comparison))
						}
						for _, l := range s.list {
							if !differs && !l.Partly && l.From.has(from) && l.To.has(to) && hasPort(l.Ports, to, p) {
								t.Fatalf("%v\n-> %v :%s\nwas %v and is %v, and %s says that all of it differs", from, to, p, before, after, lines(comparison))
							}
						}
					}
				}
			}
		}
	})
}

// declares reports whether an end's namespace has the labels that it is declared with.
func (c change) declares(e end) bool {
	labels, declared := c.old.spaces[e.ns]
	if !declared {
		return true
	}
	labels = maps.Clone(labels)
	labels["kubernetes.io/metadata.name"] = e.ns
	return maps.Equal(labels, e.nsHas)
}

func concrete(p relation.Party) end {
	return end{addr: p.Addr, ns: p.Namespace, nsHas: p.NamespaceLabels, labels: p.Labels}
}

func concretePort(p relation.Port) on {
	return on{map[relation.Protocol]corev1.Protocol{relation.TCP: "TCP", relation.UDP: "UDP", relation.SCTP: "SCTP"}[p.Protocol], p.Number}
}

func lines(c Comparison) []string {
	var out []string
	for _, g := range grouped(c.Added) {
		out = append(out, "+ "+g.line())
	}
	for _, g := range grouped(c.Removed) {
		out = append(out, "- "+g.line())
	}
	return out
}
