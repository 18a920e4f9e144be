package judge

import "fmt"

// Plain draws NetworkPolicies alone, with all that the API has: also rules of directions that policyTypes
// omits, if omitted is set.
func (d Draw) Plain(omitted bool) *Set {
	s := &Set{Namespaces: map[string]map[string]string{}}
	for _, name := range []string{"a", "b"} {
		s.Namespaces[name] = d.labels("env", "team")
	}
	for i := range 1 + d.IntN(5) {
		p := plainPolicy{name: fmt.Sprint("p", i), namespace: d.one("a", "a", "b", "c"), pods: d.match("app", "tier"), rules: map[string][]plainRule{}}
		p.types = [][]string{nil, {"ingress"}, {"egress"}, {"ingress", "egress"}}[d.IntN(4)]
		for _, direction := range []string{"ingress", "egress"} {
			if !omitted && !p.isolates(direction, Reading{}) && (p.types != nil || d.IntN(2) == 0) {
				continue
			}
			for range d.IntN(4) {
				p.rules[direction] = append(p.rules[direction], d.plainRule())
			}
		}
		s.plain = append(s.plain, p)
	}
	return s
}

func (d Draw) plainRule() plainRule {
	r := plainRule{}
	for range d.IntN(3) {
		r.ports = append(r.ports, d.plainPort())
	}
	for range d.IntN(4) {
		r.peers = append(r.peers, d.plainPeer())
	}
	return r
}

func (d Draw) plainPort() plainPort {
	p := plainPort{protocol: d.one("TCP", "TCP", "UDP", "SCTP")}
	switch d.IntN(6) {
	case 0:
	case 1:
		p.name = d.one("http", "admin")
	case 2:
		p.low, p.high = []int{1, 22, 80}[d.IntN(3)], []int{80, 443, 65535}[d.IntN(3)]
	default:
		p.low = []int{22, 80, 81, 443}[d.IntN(4)]
		p.high = p.low
	}
	return p
}

// plainPeer draws a peer. Its blocks hold addresses of pods, of nodes and outside.
func (d Draw) plainPeer() plainPeer {
	pods := d.match("app", "tier")
	switch d.IntN(5) {
	case 0:
		return plainPeer{pods: &pods}
	case 1:
		namespaces := d.namespaces()
		return plainPeer{namespaces: &namespaces}
	case 2:
		namespaces := d.namespaces()
		return plainPeer{namespaces: &namespaces, pods: &pods}
	}
	q := plainPeer{block: d.one("0.0.0.0/0", "::/0", "10.0.0.0/8", "203.0.113.0/24", "192.168.0.0/16", "2001:db8::/32", "203.0.113.9/32")}
	switch {
	case d.IntN(2) == 0:
	case q.block == "0.0.0.0/0":
		q.except = [][]string{{"10.0.0.0/8"}, {"203.0.113.0/24"}, {"203.0.113.8/30", "192.168.0.0/16"}}[d.IntN(3)]
	case q.block == "203.0.113.0/24":
		q.except = []string{d.one("203.0.113.9/32", "203.0.113.128/25")}
	case q.block == "2001:db8::/32":
		q.except = []string{d.one("2001:db8::/64", "2001:db8:1::/48")}
	}
	return q
}
