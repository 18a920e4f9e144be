package relation

// Peer is a set of parties at the other end of a connection: pods, by the labels
// of their namespace and their own, or addresses outside the cluster.
type Peer struct {
	IsAddrs    bool
	Namespaces Selector
	Pods       Selector
	Addrs      Addrs
}

// PodPeer returns the pods that carry these labels in the namespaces that
// carry those.
func PodPeer(namespaces, pods Selector) Peer { return Peer{Namespaces: namespaces, Pods: pods} }

// AddrPeer returns addresses outside the cluster.
func AddrPeer(a Addrs) Peer { return Peer{IsAddrs: true, Addrs: a} }

// EveryPeer is every pod and every address.
var EveryPeer = []Peer{PodPeer(Selector{}, Selector{}), AddrPeer(EveryAddr)}

// Empty reports whether no such party can exist.
func (p Peer) Empty(f *Facts) bool {
	if p.IsAddrs {
		return p.Addrs.IsEmpty()
	}
	return p.Pods.IsEmpty() || !f.possible(p.Namespaces)
}

// Intersect returns the parties in both.
func (p Peer) Intersect(q Peer) Peer {
	switch {
	case p.IsAddrs != q.IsAddrs:
		return AddrPeer(Addrs{})
	case p.IsAddrs:
		return AddrPeer(p.Addrs.Intersect(q.Addrs))
	}
	return PodPeer(p.Namespaces.Intersect(q.Namespaces), p.Pods.Intersect(q.Pods))
}

// Subtract returns the parties in p and not in q.
func (p Peer) Subtract(q Peer, f *Facts) []Peer {
	if p.IsAddrs != q.IsAddrs {
		return []Peer{p}
	}
	var rest []Peer
	keep := func(r Peer) {
		if !r.Empty(f) {
			rest = append(rest, r)
		}
	}
	if p.IsAddrs {
		keep(AddrPeer(p.Addrs.Subtract(q.Addrs)))
		return rest
	}
	for _, n := range p.Namespaces.Subtract(q.Namespaces) {
		keep(PodPeer(n, p.Pods))
	}
	for _, s := range p.Pods.Subtract(q.Pods) {
		keep(PodPeer(p.Namespaces.Intersect(q.Namespaces), s))
	}
	return rest
}

// Key returns bytes that peers share only if they are equal.
func (p Peer) Key() string { return string(p.appendKey(nil)) }

func (p Peer) appendKey(b []byte) []byte {
	if !p.IsAddrs {
		return p.Pods.appendKey(p.Namespaces.appendKey(append(b, 'p')))
	}
	return p.Addrs.appendKey(append(b, 'a'))
}
