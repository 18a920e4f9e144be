package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// reach tells which deny paths some chain could break, for many at once: a
// program may have as many of them as edges, and a search for each would cost their product.
// It overestimates, since it looks at no ports and takes anybody to be able to send what an edge
// of all accepts; what it rules out needs no search, and that is nearly everything in a program that is right.
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
	entries               []int  // sources that somebody may come to unseen
	leaving               []bool // by source: written edges lead to pods that open connections without any

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
		if s.Namespace != nil && !(s.Namespace.Ingress && s.Namespace.Egress) {
			r.entries = append(r.entries, i)
		}
		for _, e := range c.from.of(s) {
			d := r.destinations[e.To]
			r.into[d] = append(r.into[d], i)
			if told(e) {
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
	r.findLeaving(c, written)
	return r
}

// findLeaving finds the sources from which the given edges lead to pods that
// open connections without any, backwards from those.
func (r *reach) findLeaving(c *checker, into [][]int) {
	r.leaving = make([]bool, len(r.onto))
	var next []int
	seen := make([]bool, len(into))
	add := func(d int) {
		if !seen[d] {
			seen[d] = true
			next = append(next, d)
		}
	}
	for i, d := range c.to.all {
		if leaves(d) {
			add(i)
		}
	}
	for len(next) > 0 {
		d := next[len(next)-1]
		next = next[:len(next)-1]
		for _, s := range into[d] {
			if !r.leaving[s] {
				r.leaving[s] = true
				for _, before := range r.onto[s] {
					add(before)
				}
			}
		}
	}
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
		return e.Namespace.Governed()
	case topology.EnvironmentPods:
		return slices.ContainsFunc(e.Environment.Namespaces, (*topology.Namespace).Governed)
	case topology.Addresses:
		return e.MayBePods
	}
	return true
}

// batch is how many targets are propagated at a time.
const batch = 64

// aim propagates up to a batch of targets.
func (r *reach) aim(targets []*topology.Endpoint) {
	r.targets = numbered(targets)
	r.bits = make([]uint64, len(r.onto))
	at := make([]uint64, len(r.into)) // by destination: what it is, or leads to
	var changed []int
	raise := func(d int, bits uint64) {
		if at[d]|bits != at[d] {
			at[d] |= bits
			changed = append(changed, d)
		}
	}
	for i, t := range targets {
		for _, o := range r.arrivals(t) {
			raise(r.destinations[o.Endpoint], 1<<i)
		}
	}
	for len(changed) > 0 {
		d := changed[len(changed)-1]
		changed = changed[:len(changed)-1]
		for _, s := range r.into[d] {
			if r.bits[s]|at[d] == r.bits[s] {
				continue
			}
			r.bits[s] |= at[d]
			for _, before := range r.onto[s] {
				raise(before, r.bits[s])
			}
		}
	}
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
	leaves := slices.ContainsFunc(r.overlapping(from), func(o overlap) bool { return r.leaving[r.sources[o.Endpoint]] })
	enters := r.beyond&(1<<r.targets[target]) != 0
	return enters && (leaves || meaning.Free(from, relation.Egress)) || leaves && meaning.Free(target, relation.Ingress)
}
