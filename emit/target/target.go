// Package target defines what a target of a build is. Each target is a package below this one;
// package emit lists them.
package target

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
)

// Target is a kind of objects that a topology compiles to.
type Target interface {
	// Name is the target's name on the command line.
	Name() string
	// Lower returns objects that permit exactly what the topology permits. The diagnostics
	// report what the target cannot express; if one is an error, the objects are unusable.
	Lower(t *topology.Topology, options Options) (Objects, diag.List)
	// Read reads back what Objects wrote. It is strict: a proof must not miss anything.
	Read(files []manifest.File, format manifest.Format) (Policies, error)
}

// Native is a target that writes policies of a network plugin's own. What the plugin makes of
// NetworkPolicies does not matter to it.
type Native interface {
	Target
	// Plugin is the name of the network plugin.
	Plugin() string
}

// Guard is a target whose objects are no policies of a program by themselves. They are beside those of
// another target, and deny what these must not open.
type Guard interface {
	Target
	// Beside is the name of the other target.
	Beside() string
	// NamesHosts reports whether the objects also permit connections to DNS names, so that those of the
	// other target need not.
	NamesHosts() bool
	// ReadGuards reads back what Objects wrote, as strictly as Read.
	ReadGuards(files []manifest.File, format manifest.Format) (Guards, error)
}

// Guards are objects of a Guard that were read back.
type Guards interface {
	Policies
	// Together returns what they permit beside policies of the other target: the least, and the most, given
	// the addresses that pods can have. Least also has the connections that the program denies, as if
	// they were permitted: a pod of two tiers may have some that an edge permits.
	Together(others Policies, denied []Connections, facts *relation.Facts, pods relation.Addrs) (least, most *relation.Relation, err error)
	// Left returns what of some connections of pods they do not deny for sure, whatever is beside them: the
	// relation permits no other connections that pods open.
	Left(of []Connections, facts *relation.Facts) (*relation.Relation, error)
}

// Connections are all connections from some peers to others on some ports.
type Connections struct {
	From, To relation.Peer
	Ports    relation.Ports
	// Stage is that of the rollout: guards deny in its directions only.
	Stage topology.Stage
}

// Options choose between forms of the same objects. They do not change what is permitted.
type Options struct {
	Layout     Layout
	Priorities Priorities
	// HostsBeside is set if objects of another target permit the connections to DNS names.
	HostsBeside bool
}

// MaxPriority is the last priority of policies that have an order.
const MaxPriority = 1000

// Priorities is a range of priorities for policies that have an order.
type Priorities struct{ First, Count int }

// OrDefault returns the range, or the default one if it is empty. The default leaves room for policies that come
// before.
func (p Priorities) OrDefault() Priorities {
	if p.Count == 0 {
		return Priorities{First: 100, Count: 100}
	}
	return p
}

// String returns the range as the command line has it.
func (p Priorities) String() string { return fmt.Sprintf("%d-%d", p.First, p.First+p.Count-1) }

// ParsePriorities reads a range: FROM-TO.
func ParsePriorities(text string) (Priorities, error) {
	low, high, found := strings.Cut(text, "-")
	first, err := strconv.ParseUint(low, 10, 63)
	last, err2 := strconv.ParseUint(high, 10, 63)
	switch {
	case !found || err != nil || err2 != nil:
		return Priorities{}, fmt.Errorf("%q is not a range of priorities; write FROM-TO, such as 100-199", text)
	case first > last:
		return Priorities{}, fmt.Errorf("%q is not a range of priorities: %d is more than %d", text, first, last)
	case last > MaxPriority:
		return Priorities{}, fmt.Errorf("%q is not a range of priorities: these are 0 to %d", text, MaxPriority)
	}
	return Priorities{int(first), int(last - first + 1)}, nil
}

// Layout is how rules are distributed over objects. What all objects together permit does not depend
// on it.
type Layout string

// The layouts. The zero Layout is ByTier.
const (
	ByTier Layout = "tier" // allow-TIER: everything that a tier's pods may do
	ByEdge Layout = "edge" // allow-SOURCE-to-DESTINATION, on each side: what one pair may do
)

// Layouts lists the names of the layouts; the first is the default.
var Layouts = []string{string(ByTier), string(ByEdge)}

// Objects are the output of a target, before it is written.
type Objects interface {
	// Len returns how many objects there are.
	Len() int
	// Stream writes one stream.
	Stream(format manifest.Format) []byte
	// Files writes a file for each namespace, and one for each kind of objects that are in no namespace:
	// manifest.ClusterFile is its name.
	Files(format manifest.Format) []manifest.File
}

// Policies are objects that were read back.
type Policies interface {
	// Relation returns what the policies permit.
	Relation(facts *relation.Facts) (*relation.Relation, error)
}
