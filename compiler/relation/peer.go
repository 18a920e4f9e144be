package relation

// Peer is a set of parties at the other end of a connection: Pods or Addresses. What differs between
// these is in their methods, so a new kind of peer is a new type.
type Peer interface {
	// Empty reports whether no such party can exist.
	Empty(*Facts) bool
	// Has reports whether a party is in the set.
	Has(Party) bool
	// Overlaps reports whether a party can exist that is in both sets.
	Overlaps(Peer, *Facts) bool
	// Inside reports whether all parties that can exist are in the other set, too.
	Inside(Peer, *Facts) bool
	// Intersect returns the parties in both sets.
	Intersect(Peer) Peer
	// Subtract returns the parties that are not in the other set.
	Subtract(Peer, *Facts) []Peer
	// Key returns bytes that peers share only if they are equal.
	Key() string
	appendKey([]byte) []byte
}

// Pods are the pods with some labels in the namespaces with some labels.
type Pods struct{ Namespaces, Labels Selector }

// Addresses are addresses outside the cluster, as far as connections find them by certain names. Zero
// Hosts are connections by any name, and by the address itself.
type Addresses struct {
	Addrs Addrs
	Hosts HostNames
}

// PodPeer returns the pods that one selector matches in the namespaces that another matches.
func PodPeer(namespaces, pods Selector) Peer { return Pods{namespaces, pods} }

// AddrPeer returns addresses outside the cluster.
func AddrPeer(a Addrs) Peer { return Addresses{Addrs: a} }

// HostPeer returns all addresses that connections find by the names that a pattern matches.
func HostPeer(pattern string) Peer { return Addresses{EveryAddr, Host(pattern)} }

// EveryPeer is every pod and every address.
var EveryPeer = []Peer{PodPeer(Selector{}, Selector{}), AddrPeer(EveryAddr)}

// nobody is the peer without parties.
var nobody = AddrPeer(Addrs{})

// Empty implements Peer.
func (p Pods) Empty(f *Facts) bool { return p.Labels.IsEmpty() || !f.possible(p.Namespaces) }

// Has implements Peer.
func (p Pods) Has(x Party) bool {
	return x.Namespace != "" && p.Namespaces.Matches(x.NamespaceLabels) && p.Labels.Matches(x.Labels)
}

// Overlaps implements Peer.
func (p Pods) Overlaps(other Peer, f *Facts) bool {
	q, ok := other.(Pods)
	return ok && p.Labels.Overlaps(q.Labels) && f.possible(p.Namespaces.Intersect(q.Namespaces))
}

// Inside implements Peer.
func (p Pods) Inside(other Peer, f *Facts) bool {
	q, ok := other.(Pods)
	return ok && p.Labels.Implies(q.Labels) && len(p.Subtract(q, f)) == 0
}

// Intersect implements Peer.
func (p Pods) Intersect(other Peer) Peer {
	q, ok := other.(Pods)
	if !ok {
		return nobody
	}
	return Pods{p.Namespaces.Intersect(q.Namespaces), p.Labels.Intersect(q.Labels)}
}

// Subtract implements Peer.
func (p Pods) Subtract(other Peer, f *Facts) []Peer {
	q, ok := other.(Pods)
	if !ok {
		return []Peer{p}
	}
	var rest []Peer
	keep := func(r Pods) {
		if !r.Empty(f) {
			rest = append(rest, r)
		}
	}
	for _, n := range p.Namespaces.Subtract(q.Namespaces) {
		keep(Pods{n, p.Labels})
	}
	for _, s := range p.Labels.Subtract(q.Labels) {
		keep(Pods{p.Namespaces.Intersect(q.Namespaces), s})
	}
	return rest
}

// Key implements Peer.
func (p Pods) Key() string { return string(p.appendKey(nil)) }

func (p Pods) appendKey(b []byte) []byte {
	return p.Labels.appendKey(p.Namespaces.appendKey(append(b, 'p')))
}

// Empty implements Peer.
func (p Addresses) Empty(*Facts) bool { return p.Addrs.IsEmpty() || p.Hosts.IsEmpty() }

// Has implements Peer.
func (p Addresses) Has(x Party) bool {
	return x.Namespace == "" && p.Addrs.Has(x.Addr) && p.Hosts.Has(x.Host)
}

// Overlaps implements Peer.
func (p Addresses) Overlaps(other Peer, _ *Facts) bool {
	q, ok := other.(Addresses)
	return ok && p.Addrs.Overlaps(q.Addrs) && p.Hosts.Overlaps(q.Hosts)
}

// Inside implements Peer.
func (p Addresses) Inside(other Peer, f *Facts) bool {
	return p.Hosts.IsEmpty() || len(p.Subtract(other, f)) == 0
}

// Intersect implements Peer.
func (p Addresses) Intersect(other Peer) Peer {
	q, ok := other.(Addresses)
	if !ok {
		return nobody
	}
	return Addresses{p.Addrs.Intersect(q.Addrs), p.Hosts.Intersect(q.Hosts)}
}

// Subtract implements Peer.
func (p Addresses) Subtract(other Peer, _ *Facts) (rest []Peer) {
	q, ok := other.(Addresses)
	if !ok {
		return []Peer{p}
	}
	if outside := p.Addrs.Subtract(q.Addrs); !outside.IsEmpty() {
		rest = append(rest, Addresses{outside, p.Hosts})
	}
	if q.Hosts.IsAny() {
		return rest
	}
	if both := p.Addrs.Intersect(q.Addrs); !both.IsEmpty() {
		for _, hosts := range p.Hosts.Subtract(q.Hosts) {
			rest = append(rest, Addresses{both, hosts})
		}
	}
	return rest
}

// Key implements Peer.
func (p Addresses) Key() string { return string(p.appendKey(nil)) }

func (p Addresses) appendKey(b []byte) []byte {
	if p.Hosts.IsAny() {
		return p.Addrs.appendKey(append(b, 'a'))
	}
	return p.Hosts.appendKey(p.Addrs.appendKey(append(b, 'h')))
}
