package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"

	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// This file searches for a connection that one set of objects permits and another does not. It asks
// the simple evaluator about samples: a pod for each combination of labels that the selectors
// distinguish, addresses on both sides of each end of a block, and ports on both sides of each end of
// a range. It knows nothing of the language.
//
// It only tries connections that a changed object could decide, and evaluates them with all objects.

// cells holds the samples.
type cells struct {
	random    *rand.Rand
	spaces    []map[string]string // the labels of namespaces, declared or not
	labels    []map[string]string // of pods
	addresses []netip.Addr
	ports     []port
	names     []string // of ports, as name/protocol
}

// differ returns a connection that only one of two sets of objects permits, if it finds one, and
// whether that is the second set.
func differ(before, after *objects, random *rand.Rand) (found *cell, afterPermits bool) {
	gone, come := difference(before.policies, after.policies)
	changed := slices.Concat(gone, come)
	if len(changed) == 0 {
		return nil, false
	}
	u := newCells(slices.Concat(before.policies, come), changed, before.spaces, random)
	owners, others := u.parties(slices.Concat(before.policies, come), changed)
	old, now := &cluster{before.policies, before.as}, &cluster{after.policies, after.as}
	oldChanged, nowChanged := &cluster{gone, before.as}, &cluster{come, after.as}
	const most = 1500 // pairs to evaluate in full
	evaluated := 0
	for _, k := range random.Perm(len(owners) * len(others) * 2) {
		s, d := owners[k/2/len(others)], others[k/2%len(others)]
		if k%2 == 1 {
			s, d = d, s
		}
		if s == d || oldChanged.link(s, d).equal(nowChanged.link(s, d)) {
			continue
		}
		if evaluated++; evaluated > most {
			break
		}
		was, is := old.link(s, d), now.link(s, d)
		for _, to := range u.withNamedPorts(d) {
			was.to, is.to = to, to
			for _, on := range u.ports {
				if was.permits(on) != is.permits(on) {
					return &cell{s, to, on}, is.permits(on)
				}
			}
		}
	}
	return nil, false
}

// cell is one connection.
type cell struct {
	from, to *party
	on       port
}

// difference returns the objects that only one of two sets has.
func difference(before, after []*networkingv1.NetworkPolicy) (gone, come []*networkingv1.NetworkPolicy) {
	text := func(p *networkingv1.NetworkPolicy) string {
		b, err := json.Marshal(p)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	count := map[string]int{}
	for _, p := range before {
		count[text(p)]++
	}
	for _, p := range after {
		t := text(p)
		if count[t]--; count[t] < 0 {
			come = append(come, p)
		}
	}
	for _, p := range before {
		if t := text(p); count[t] > 0 {
			gone = append(gone, p)
			count[t]--
		}
	}
	return gone, come
}

// equal reports whether two links have the same rules.
func (l link) equal(m link) bool {
	same := func(a, b []networkingv1.NetworkPolicyPort) bool {
		return slices.EqualFunc(a, b, func(p, q networkingv1.NetworkPolicyPort) bool {
			return value(p.Protocol) == value(q.Protocol) && value(p.Port) == value(q.Port) && value(p.EndPort) == value(q.EndPort) &&
				(p.Port == nil) == (q.Port == nil)
		})
	}
	return l.egressIsolated == m.egressIsolated && l.ingressIsolated == m.ingressIsolated &&
		slices.EqualFunc(l.egress, m.egress, same) && slices.EqualFunc(l.ingress, m.ingress, same)
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// newCells samples the labels that all objects distinguish, and the addresses and ports that the
// changed objects distinguish.
func newCells(all, changed []*networkingv1.NetworkPolicy, declared map[string]map[string]string, random *rand.Rand) *cells {
	u := &cells{random: random}
	pods, spaces := map[string][]string{}, map[string][]string{}
	collect := func(into map[string][]string, s *metav1.LabelSelector) {
		if s == nil {
			return
		}
		add := func(key string, values ...string) {
			for _, v := range values {
				if !slices.Contains(into[key], v) {
					into[key] = append(into[key], v)
				}
			}
			if into[key] == nil {
				into[key] = []string{}
			}
		}
		for key, v := range s.MatchLabels {
			add(key, v)
		}
		for _, e := range s.MatchExpressions {
			add(e.Key, e.Values...)
		}
	}
	for _, p := range all {
		collect(pods, &p.Spec.PodSelector)
		for _, r := range sides(p) {
			for _, peer := range *r.peers {
				collect(pods, peer.PodSelector)
				collect(spaces, peer.NamespaceSelector)
			}
		}
	}
	u.labels = combinations(pods, random)
	u.declare(declared, spaces, changed)
	u.borders(changed)
	return u
}

// combinations returns the label maps that selectors with these values distinguish: all if there are
// few, otherwise many.
func combinations(values map[string][]string, random *rand.Rand) []map[string]string {
	const most = 400
	keys := slices.Sorted(maps.Keys(values))
	count := 1
	for _, key := range keys {
		slices.Sort(values[key])
		if count <= most {
			count *= len(values[key]) + 2
		}
	}
	out := []map[string]string{{}}
	if count <= most {
		for _, key := range keys {
			for _, labels := range slices.Clone(out) {
				for _, v := range append(slices.Clone(values[key]), "another") {
					with := maps.Clone(labels)
					with[key] = v
					out = append(out, with)
				}
			}
		}
		return out
	}
	for _, key := range keys {
		for _, v := range values[key] {
			out = append(out, map[string]string{key: v})
		}
	}
	for len(out) < most {
		labels := map[string]string{}
		for _, key := range keys {
			if k := random.IntN(len(values[key]) + 2); k < len(values[key]) {
				labels[key] = values[key][k]
			} else if k == len(values[key]) {
				labels[key] = "another"
			}
		}
		out = append(out, labels)
	}
	return out
}

const nameKey = "kubernetes.io/metadata.name"

// declare sets the namespaces: those of the program with the labels that it
// gives them, and others with what selectors ask for.
func (u *cells) declare(declared map[string]map[string]string, asked map[string][]string, changed []*networkingv1.NetworkPolicy) {
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		u.spaces = append(u.spaces, declared[name])
	}
	undeclared := []string{"stranger"}
	for _, p := range changed {
		undeclared = append(undeclared, p.Namespace)
	}
	undeclared = append(undeclared, asked[nameKey]...)
	slices.Sort(undeclared)
	delete(asked, nameKey)
	for i, labels := range combinations(asked, u.random) {
		for j, name := range slices.Compact(undeclared) {
			// Every combination of labels, and every name, but not each with each.
			if declared[name] == nil && (i < 3 || j == i%len(undeclared)) {
				labels := maps.Clone(labels)
				labels[nameKey] = name
				u.spaces = append(u.spaces, labels)
			}
		}
	}
}

// borders sets the addresses and ports.
func (u *cells) borders(changed []*networkingv1.NetworkPolicy) {
	address := func(a netip.Addr) {
		if a.IsValid() && !slices.Contains(u.addresses, a) {
			u.addresses = append(u.addresses, a)
		}
	}
	add := func(protocol string, n int) {
		if p := (port{protocol, n}); 1 <= n && n <= 65535 && !slices.Contains(u.ports, p) {
			u.ports = append(u.ports, p)
		}
	}
	for _, p := range changed {
		for _, r := range sides(p) {
			for _, peer := range *r.peers {
				if peer.IPBlock == nil {
					continue
				}
				for _, b := range prefixes(append([]string{peer.IPBlock.CIDR}, peer.IPBlock.Except...)...) {
					address(b.Addr())
					address(b.Addr().Prev())
					address(lastOf(b))
					address(lastOf(b).Next())
				}
			}
			for _, q := range *r.ports {
				protocol := "tcp"
				if q.Protocol != nil {
					protocol = strings.ToLower(string(*q.Protocol))
				}
				switch {
				case q.Port == nil:
				case q.Port.Type == intstr.String:
					if name := q.Port.StrVal + "/" + protocol; !slices.Contains(u.names, name) {
						u.names = append(u.names, name)
					}
				default:
					low := int(q.Port.IntVal)
					high := max(low, int(value(q.EndPort)))
					for _, n := range []int{low - 1, low, high, high + 1} {
						add(protocol, n)
					}
					for _, other := range protocols {
						add(other, low)
					}
				}
			}
		}
	}
	address(netip.MustParseAddr("1.1.1.1"))
	address(netip.MustParseAddr("2606:4700::1111"))
	for _, protocol := range protocols {
		add(protocol, 7777)
	}
	for i, name := range u.names {
		_, protocol, _ := strings.Cut(name, "/")
		add(protocol, 40000+i)
	}
}

// withNamedPorts returns a party with several choices of numbers for its named ports: without any,
// each at a number of its own, and all at a number that rules use.
func (u *cells) withNamedPorts(x *party) []*party {
	if !x.isPod() || len(u.names) == 0 {
		return []*party{x}
	}
	apart, together := *x, *x
	apart.ports, together.ports = map[string]int{}, map[string]int{}
	on := u.ports[u.random.IntN(len(u.ports))].number
	for i, name := range u.names {
		apart.ports[name] = 40000 + i
		together.ports[name] = on
	}
	return []*party{x, &apart, &together}
}

// parties returns the pods that changed objects select, and all pods that could be at the other end:
// one for each combination of labels in a namespace.
func (u *cells) parties(all, changed []*networkingv1.NetworkPolicy) (owners, others []*party) {
	selectors := map[string]*metav1.LabelSelector{}
	add := func(s *metav1.LabelSelector) {
		if s != nil {
			selectors[s.String()] = s
		}
	}
	for _, p := range all {
		add(&p.Spec.PodSelector)
		for _, r := range sides(p) {
			for _, peer := range *r.peers {
				add(peer.PodSelector)
			}
		}
	}
	texts := slices.Sorted(maps.Keys(selectors))
	seen := map[string]bool{}
	var classes []map[string]string
	for _, labels := range u.labels {
		class := make([]byte, len(texts))
		for i, t := range texts {
			class[i] = '0'
			if matchesLabels(selectors[t], labels) {
				class[i] = '1'
			}
		}
		if !seen[string(class)] {
			seen[string(class)] = true
			classes = append(classes, labels)
		}
	}
	for _, space := range u.spaces {
		for _, labels := range classes {
			pod := &party{space: space[nameKey], spaceLabels: space, labels: labels}
			others = append(others, pod)
			if slices.ContainsFunc(changed, func(p *networkingv1.NetworkPolicy) bool { return selects(p, pod) }) {
				owners = append(owners, pod)
			}
		}
	}
	for _, a := range u.addresses {
		others = append(others, &party{addr: a})
	}
	return owners, others
}

func (c *cell) String() string {
	return fmt.Sprintf("from %v\nto %v\non %v", c.from, c.to, c.on)
}
