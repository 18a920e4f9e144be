package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
)

// reach tells which deny paths some chain could break, for many at once: a
// program may have as many of them as edges, and a search for each would cost their product.
// It overestimates: it ignores ports and assumes that anyone can send what an edge from all accepts.
// What it rules out needs no search, and in a correct program that is nearly everything.
//
// It is a graph of the edges' sources and destinations: from a source to the destinations of its
// edges, and from a destination to the sources that its pods may be. Targets are propagated
// backwards, a machine word of them at a time.
type reach struct {
	sources, destinations map[*topology.Endpoint]int
	into                  [][]int // sources with an edge to a destination
	onto                  [][]int // destinations whose pods a source may be
	overlapping           func(*topology.Endpoint) []overlap
	arrivals              func(*topology.Endpoint) []overlap
	entries               []int    // sources that can be reached without an edge
	leaving               []uint64 // by source: not 0 where written edges lead to pods that open connections without any

	targets map[*topology.Endpoint]int // the bit of each target, in the batch that is worked on
	bits    []uint64                   // by source: the targets that a chain can lead to
	beyond  uint64                     // what chains from the entries can lead to
}

func newReach(c *checker) *reach {
	r := &reach{
		sources:      numbered(c.from.all),
		destinations: numbered(c.to.all),
		overlapping:  c.from.overlapping,
		arrivals:     c.to.overlapping,
	}
	r.into = make([][]int, len(c.to.all))
	r.onto = make([][]int, len(c.from.all))
	written := make([][]int, len(c.to.all))
	for i, s := range c.from.all {
		if (s.Namespace != nil || s.Kind == topology.AcrossPods) && (semantics.Free(s, relation.Ingress) || semantics.Free(s, relation.Egress)) {
			r.entries = append(r.entries, i)
		}
		for _, e := range c.from.of(s) {
			d := r.destinations[e.To]
			r.into[d] = append(r.into[d], i)
			if tracked(e) {
				written[d] = append(written[d], i)
			}
		}
	}
	for i, d := range c.to.all {
		if mayBeGoverned(d) {
			for _, o := range c.from.overlapping(d) {
				s := r.sources[o.Endpoint]
				r.onto[s] = append(r.onto[s], i)
			}
		}
	}
	at := make([]uint64, len(c.to.all))
	for i, d := range c.to.all {
		if leaves(d) {
			at[i] = 1
		}
	}
	r.leaving = r.propagate(written, at)
	return r
}

// propagate carries bits backwards: from destinations to the sources of edges to them, and from a
// source to the destinations that its pods may be. It returns the bits that arrive at each source.
func (r *reach) propagate(into [][]int, at []uint64) []uint64 {
	bits := make([]uint64, len(r.onto))
	var changed []int
	for d, b := range at {
		if b != 0 {
			changed = append(changed, d)
		}
	}
	for len(changed) > 0 {
		d := changed[len(changed)-1]
		changed = changed[:len(changed)-1]
		for _, s := range into[d] {
			if bits[s]|at[d] == bits[s] {
				continue
			}
			bits[s] |= at[d]
			for _, before := range r.onto[s] {
				if at[before]|bits[s] != at[before] {
					at[before] |= bits[s]
					changed = append(changed, before)
				}
			}
		}
	}
	return bits
}

func numbered(list []*topology.Endpoint) map[*topology.Endpoint]int {
	numbers := make(map[*topology.Endpoint]int, len(list))
	for i, e := range list {
		numbers[e] = i
	}
	return numbers
}

// mayBeGoverned reports whether a chain may go on from an endpoint's pods.
func mayBeGoverned(e *topology.Endpoint) bool {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return semantics.Enforced(e, relation.Ingress, nil) || semantics.Enforced(e, relation.Egress, nil)
	case topology.EnvironmentPods, topology.AcrossPods:
		return e.Environment == nil || slices.ContainsFunc(e.Environment.Namespaces, (*topology.Namespace).Enforced)
	case topology.Addresses:
		return e.MayBePods
	case topology.ClusterPods, topology.Everything:
		return true
	}
	panic(unknownKind(e))
}

// batch is how many targets are propagated at a time.
const batch = 64

// aim propagates up to a batch of targets.
func (r *reach) aim(targets []*topology.Endpoint) {
	r.targets = numbered(targets)
	at := make([]uint64, len(r.into)) // by destination: the targets that its pods may be
	for i, t := range targets {
		for _, o := range r.arrivals(t) {
			at[r.destinations[o.Endpoint]] |= 1 << i
		}
	}
	r.bits = r.propagate(r.into, at)
	r.beyond = 0
	for _, s := range r.entries {
		r.beyond |= r.bits[s]
	}
}

// may reports whether a chain may lead from one endpoint to a target of the batch.
func (r *reach) may(from, target *topology.Endpoint) bool {
	for _, o := range r.overlapping(from) {
		if r.bits[r.sources[o.Endpoint]]&(1<<r.targets[target]) != 0 {
			return true
		}
	}
	return false
}

// mayLeave reports whether chains that are not traced may lead from one
// endpoint to a target of the batch.
func (r *reach) mayLeave(from, target *topology.Endpoint) bool {
	leaves := slices.ContainsFunc(r.overlapping(from), func(o overlap) bool { return r.leaving[r.sources[o.Endpoint]] != 0 })
	enters := r.beyond&(1<<r.targets[target]) != 0
	return enters && (leaves || semantics.Free(from, relation.Egress)) || leaves && semantics.Free(target, relation.Ingress)
}
