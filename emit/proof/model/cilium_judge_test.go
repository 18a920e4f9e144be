package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target/cilium"
)

// isGuard reports whether an object is of the clusterwide kind.
func isGuard(object any) bool { return object.(fields)["kind"] == "CiliumClusterwideNetworkPolicy" }

// compare returns what the proof says of objects.
func (b *ciliumBuild) compare(objects []any) (proof.GuardDifference, error) {
	var files [2][]manifest.File // of policies of namespaces, and of guardrails
	var lists [2][]any
	for _, o := range objects {
		i := map[bool]int{true: 1}[isGuard(o)]
		lists[i] = append(lists[i], o)
	}
	for i, list := range lists {
		data, err := manifest.MarshalObjects(list, manifest.FormatYAML, false)
		if err != nil {
			return proof.GuardDifference{}, err
		}
		if len(list) > 0 {
			files[i] = []manifest.File{{Data: data}}
		}
	}
	if b.guarded {
		return proof.CompareGuards(b.top, cilium.Target{}, files[0], cilium.Guardrails{}, files[1], manifest.FormatYAML)
	}
	d, err := proof.Compare(b.top, cilium.Target{}, files[0], manifest.FormatYAML)
	return proof.GuardDifference{Difference: d}, err
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

// The ways in which objects can differ from a program.
const (
	more = "is permitted too much"
	less = "is not permitted"
	left = "is left to others"
)

// difference is a way, and a cell.
type ciliumDifference map[string]*cell

// differ returns in which ways objects differ from the language, with a cell for each. Guards are those of the
// objects that must deny by themselves.
func (b *ciliumBuild) differ(all, guards *ciliumCluster) ciliumDifference {
	return b.differAt(all, guards, b.cells)
}

func (b *ciliumBuild) differAt(all, guards *ciliumCluster, cells []cell) ciliumDifference {
	out := ciliumDifference{}
	for i := range cells {
		at := &cells[i]
		for _, way := range []string{more, less, left} {
			if out[way] == nil && b.differs(all, guards, at, way) {
				out[way] = at
			}
		}
	}
	return out
}

// differs reports whether objects differ from the language at a cell, in a way. What a program permits and
// denies, for pods of several tiers, guardrails deny.
func (b *ciliumBuild) differs(all, guards *ciliumCluster, at *cell, way string) bool {
	if at.from == at.to {
		return false
	}
	switch meant := b.world.permits(at.from, at.to, at.on); way {
	case more:
		return !meant && all.permits(at.from, at.to, at.on)
	case less:
		return meant && !all.permits(at.from, at.to, at.on) && !(b.guarded && b.world.denied(at.from, at.to, at.on, false))
	}
	return guards != nil && b.world.denied(at.from, at.to, at.on, true) && !guards.denies(at.from, at.to, at.on)
}

// cellsAbout returns cells at pods that the objects select which a mutant changes, adds or removes.
func (b *ciliumBuild) cellsAbout(mutant *ciliumCluster) (out []cell) {
	before, err := b.cluster(b.objects)
	if err != nil {
		panic(err) // they were read before
	}
	seen := map[string]int{}
	for i, list := range [][]ciliumObject{before.policies, mutant.policies} {
		for _, o := range list {
			seen[fmt.Sprint(o)] |= 1 << i
		}
	}
	var changed []ciliumObject
	for _, o := range slices.Concat(before.policies, mutant.policies) {
		if seen[fmt.Sprint(o)] != 3 {
			changed = append(changed, o)
		}
	}
	owners := 0
	for _, own := range b.parties {
		if owners == 5 || !slices.ContainsFunc(changed, func(o ciliumObject) bool { return o.selects(own) }) {
			continue
		}
		owners++
		for _, peer := range b.parties {
			for _, on := range b.ports {
				out = append(out, cell{own, peer, on})
				if peer.host == "" {
					out = append(out, cell{peer, own, on})
				}
			}
		}
	}
	return out
}

// judge compares the proof with the simple evaluator on a mutant, and says what it is.
func (b *ciliumBuild) judge(t *testing.T, mutant []any) string {
	t.Helper()
	d, err := b.compare(mutant)
	all, guards, unread := b.clusters(mutant)
	if err != nil || unread != nil { // nothing is written then
		if unread == nil && strings.Contains(err.Error(), "nothing says") { // it is read, and a rule is open
			if found := b.differAt(all, guards, b.cellsAbout(all)); len(found) > 0 {
				return "changed and refused"
			}
		}
		return "refused"
	}
	witnesses := map[string]*relation.Connection{more: d.More, less: d.Less, left: d.Left}
	for way, witness := range witnesses {
		b.confirm(t, all, guards, witness, way)
	}
	found := b.differAt(all, guards, b.cellsAbout(all))
	for way, at := range found {
		if witnesses[way] == nil {
			t.Fatalf("the proof misses that %v -> %v on %v %s\n%s\n%s", at.from, at.to, at.on, way, b.text, asYAML(mutant))
		}
	}
	switch {
	case len(found) > 0:
		return "changed"
	case d.More != nil || d.Less != nil || d.Left != nil:
		return "changed elsewhere"
	}
	return "the same"
}

// clusters reads objects for the simple evaluator: all of them, and the guardrails alone.
func (b *ciliumBuild) clusters(objects []any) (all, guards *ciliumCluster, err error) {
	if all, err = b.cluster(objects); err != nil || !b.guarded {
		return all, nil, err
	}
	var some []any
	for _, o := range objects {
		if isGuard(o) {
			some = append(some, o)
		}
	}
	guards, err = b.cluster(some)
	return all, guards, err
}

// confirm checks a witness of the proof.
func (b *ciliumBuild) confirm(t *testing.T, all, guards *ciliumCluster, witness *relation.Connection, way string) {
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
	if !b.differs(all, guards, at, way) {
		t.Fatalf("it is not so that %v %s\n%s", witness, way, b.text)
	}
}

// denied reports whether a program denies a connection. Surely so if guardrails must, whatever is beside them: what
// pods open, on numbers of ports, to pods or to addresses, but not to those of some nodes.
func (w *world) denied(s, d *party, on port, surely bool) bool {
	for _, x := range w.denies {
		to := x.to
		if to.hosts = nil; surely && !d.isPod() && anyHas(w.network.nodes, d.addr) && !w.coversNodes(to) {
			continue
		}
		if x.path || surely && !s.isPod() || !w.contains(x.from, s) || !w.contains(to, d) {
			continue
		}
		for _, p := range x.ports {
			if p.matches(d, on) && (!surely || p.any || p.low > 0) {
				return true
			}
		}
	}
	return false
}

// coversNodes reports whether an endpoint has the first and the last address of all blocks of nodes.
func (w *world) coversNodes(e endpoint) bool {
	return !slices.ContainsFunc(w.network.nodes, func(b addressBlock) bool {
		return !w.contains(e, &party{addr: b.cidr.Addr()}) || !w.contains(e, &party{addr: lastOf(b.cidr)})
	})
}

// String lists the differences.
func (d ciliumDifference) String() string {
	var out []string
	for way, at := range d {
		out = append(out, fmt.Sprintf("from %v to %v on %v %s", at.from, at.to, at.on, way))
	}
	return strings.Join(out, "\n")
}
