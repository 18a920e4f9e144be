package networkpolicy

import (
	"cmp"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// object is a NetworkPolicy before it is one: the pods that it selects, the
// directions that it isolates, and in each the edges that it permits.
type object struct {
	namespace *topology.Namespace
	name      string
	selector  relation.Selector
	isolates  []direction
	edges     [2][]*topology.Edge // by direction; in any order
	doc       []string
}

// serves returns the peers of the rule that an edge gives in this direction, none where it gives none. One without
// peers must give none (an environment without namespaces, an external of hosts alone), since a rule
// without peers permits everybody, and so must one without ports.
func (l *lowering) serves(n *topology.Namespace, d direction, e *topology.Edge) []peer {
	if e.Ports.IsEmpty() {
		return nil
	}
	_, other := d.ends(e)
	return l.peers(other, n)
}

// service is an edge of which an object has a rule, and the edge's peers there.
type service struct {
	edge  *topology.Edge
	peers []peer
}

// services returns the edges that give rules in the directions that an object isolates.
func (l *lowering) services(o object) (out [2][]service) {
	for _, d := range o.isolates {
		out[d] = make([]service, 0, len(o.edges[d]))
		for _, e := range o.edges[d] {
			if peers := l.serves(o.namespace, d, e); len(peers) > 0 {
				out[d] = append(out[d], service{e, peers})
			}
		}
	}
	return out
}

var (
	typeMeta = metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "NetworkPolicy"}
	managed  = map[string]string{"app.kubernetes.io/managed-by": "zt"}
)

// policy returns the object as the API writes it.
func (l *lowering) policy(o object) *networkingv1.NetworkPolicy {
	served := l.services(o)
	p := &networkingv1.NetworkPolicy{
		TypeMeta: typeMeta,
		ObjectMeta: metav1.ObjectMeta{
			Name:        o.name,
			Namespace:   o.namespace.Name,
			Labels:      managed,
			Annotations: l.annotations(o, served),
		},
		Spec: networkingv1.NetworkPolicySpec{PodSelector: *l.selector(o.selector)},
	}
	for _, d := range o.isolates {
		rules := l.rules(served[d])
		switch d {
		case ingress:
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
			p.Spec.Ingress = slices.Grow(p.Spec.Ingress, len(rules))
			for _, r := range rules {
				p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.peers, Ports: r.ports.list})
			}
		case egress:
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
			p.Spec.Egress = slices.Grow(p.Spec.Egress, len(rules))
			for _, r := range rules {
				p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.peers, Ports: r.ports.list})
			}
		}
	}
	return p
}

// rule is an ingress or egress rule; without peers it is for everybody.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports *portList
}

// grant is a peer with the ports of one edge, and then with those of all.
type grant struct {
	peer  *peer
	ports *relation.Ports
	list  *portList
}

// rules gathers the ports of each peer, then the peers of each set of ports. The
// list is good until the next is asked for.
func (l *lowering) rules(served []service) []rule {
	grants := l.grants[:0]
	for _, s := range served {
		for i := range s.peers {
			grants = append(grants, grant{peer: &s.peers[i], ports: &s.edge.Ports})
		}
	}
	slices.SortStableFunc(grants, func(a, b grant) int { return cmp.Compare(a.peer.order, b.peer.order) })
	once := grants[:0] // each peer
	for first, next := 0, 0; first < len(grants); first = next {
		g := grants[first]
		l.sets = l.sets[:0]
		for next = first; next < len(grants) && grants[next].peer.order == g.peer.order; next++ {
			l.sets = append(l.sets, *grants[next].ports)
		}
		g.list = l.portList(normal(relation.UnionPorts(l.sets...)))
		if !g.peer.everybody {
			g.list.peers++
		}
		once = append(once, g)
	}
	rules := l.rulesOf[:0]
	for _, g := range once {
		if g.peer.everybody {
			rules = append(rules, rule{ports: g.list})
			continue
		}
		if g.list.peers > 0 { // the first of them
			g.list.rule = len(rules)
			rules = append(rules, rule{make([]networkingv1.NetworkPolicyPeer, 0, g.list.peers), g.list})
			g.list.peers = 0
		}
		r := &rules[g.list.rule]
		r.peers = append(r.peers, g.peer.peer)
	}
	l.grants, l.rulesOf = grants, rules
	return rules
}
