package relation

import (
	"cmp"
	"sync"
)

// identity stands for the pods and the peer of a grant: grants are for the same if theirs are the
// same. So what a grant says is read once, and not whenever it is looked up.
type identity struct{ own, namespaces, peer uint32 }

// compare orders identities, in an order that means nothing.
func (a identity) compare(b identity) int {
	if a.own != b.own {
		return cmp.Compare(a.own, b.own)
	}
	return cmp.Compare(uint64(a.namespaces)<<32|uint64(a.peer), uint64(b.namespaces)<<32|uint64(b.peer))
}

// The namespaces of a peer that is addresses, and the number of what none of the grants names.
const (
	ofAddrs = ^uint32(0)
	unknown = ofAddrs - 1
)

// identities numbers the selectors and sets of addresses of grants. Most grants share a few
// lists, which are known by where they are.
type identities struct {
	mu      sync.Mutex
	lists   map[list[KeyValues]]uint32
	blocks  map[list[interval[address]]]uint32
	numbers map[string]uint32 // by what tells two apart, whatever their lists
	key     []byte
}

// list is where the elements of a list are. Nobody changes those of selectors and sets.
type list[T any] struct {
	first  *T
	length int
}

func at[T any](elements []T) list[T] {
	if len(elements) == 0 {
		return list[T]{}
	}
	return list[T]{&elements[0], len(elements)}
}

func newIdentities() *identities {
	return &identities{lists: map[list[KeyValues]]uint32{}, blocks: map[list[interval[address]]]uint32{}, numbers: map[string]uint32{}}
}

// enter returns the identities of grants.
func (x *identities) enter(grants []Grant) []identity {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := make([]identity, len(grants))
	for i := range grants {
		g := &grants[i]
		if i > 0 && at(g.Own.keys) == at(grants[i-1].Own.keys) { // as mostly: it need not be looked up
			out[i].own = out[i-1].own
		} else {
			out[i].own = x.selector(g.Own, true)
		}
		out[i].namespaces, out[i].peer = x.peer(&g.Peer, true)
	}
	return out
}

// find returns the identity of pods and a peer, which no grant may have.
func (x *identities) find(own Selector, peer *Peer) identity {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := identity{own: x.selector(own, false)}
	id.namespaces, id.peer = x.peer(peer, false)
	return id
}

func (x *identities) peer(p *Peer, enter bool) (namespaces, peer uint32) {
	if p.IsAddrs {
		return ofAddrs, x.addrs(p.Addrs, enter)
	}
	return x.selector(p.Namespaces, enter), x.selector(p.Pods, enter)
}

func (x *identities) selector(s Selector, enter bool) uint32 {
	if s.IsAny() {
		return 0
	}
	n, ok := x.lists[at(s.keys)]
	if !ok {
		x.key = s.appendKey(append(x.key[:0], 'p'))
		if n = x.number(enter); enter {
			x.lists[at(s.keys)] = n
		}
	}
	return n
}

func (x *identities) addrs(a Addrs, enter bool) uint32 {
	if a.IsEmpty() {
		return 0
	}
	n, ok := x.blocks[at(a.set)]
	if !ok {
		x.key = a.appendKey(append(x.key[:0], 'a'))
		if n = x.number(enter); enter {
			x.blocks[at(a.set)] = n
		}
	}
	return n
}

// number returns the number of what has the key.
func (x *identities) number(enter bool) uint32 {
	n, ok := x.numbers[string(x.key)]
	switch {
	case ok:
		return n
	case !enter:
		return unknown
	}
	n = uint32(len(x.numbers) + 1)
	x.numbers[string(x.key)] = n
	return n
}
