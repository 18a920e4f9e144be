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

// serves reports whether an edge gives a rule in this direction. One without peers must
// give none (an environment without namespaces, an external of hosts alone), since a rule
// without peers permits everybody.
func (l *lowering) serves(n *topology.Namespace, d direction, e *topology.Edge) bool {
	_, other := d.ends(e)
	return !e.Ports.IsEmpty() && len(l.peers(other, n)) > 0
}

// policy returns the object as the API writes it.
func (l *lowering) policy(o object) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{
		TypeMeta: metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{
			Name:        o.name,
			Namespace:   o.namespace.Name,
			Labels:      map[string]string{"app.kubernetes.io/managed-by": "zt"},
			Annotations: l.annotations(o),
		},
		Spec: networkingv1.NetworkPolicySpec{PodSelector: *labelSelector(o.selector)},
	}
	for _, d := range o.isolates {
		rules := l.rules(o, d)
		switch d {
		case ingress:
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
			for _, r := range rules {
				p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.peers, Ports: r.ports})
			}
		case egress:
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
			for _, r := range rules {
				p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.peers, Ports: r.ports})
			}
		}
	}
	return p
}

// rule is an ingress or egress rule; without peers it is for everybody, and
// without ports for every port.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

// rules gathers the ports of each peer, then the peers of each set of ports.
func (l *lowering) rules(o object, d direction) []rule {
	type grant struct {
		peer
		ports relation.Ports
	}
	grants := make([]grant, 0, len(o.edges[d]))
	for _, e := range o.edges[d] {
		if e.Ports.IsEmpty() {
			continue // no ports in a rule would be every port
		}
		_, other := d.ends(e)
		for _, p := range l.peers(other, o.namespace) {
			grants = append(grants, grant{p, e.Ports})
		}
	}
	slices.SortStableFunc(grants, func(a, b grant) int { return cmp.Compare(a.order, b.order) })
	var rules []rule
	at := map[string]int{} // the rule of a set of ports
	var sets []relation.Ports
	for first, next := 0, 0; first < len(grants); first = next {
		p := grants[first].peer
		sets = sets[:0]
		for next = first; next < len(grants) && grants[next].order == p.order; next++ {
			sets = append(sets, grants[next].ports)
		}
		all := normal(relation.UnionPorts(sets...))
		if p.everybody {
			rules = append(rules, rule{ports: policyPorts(all)})
			continue
		}
		text := all.String()
		i, ok := at[text]
		if !ok {
			i = len(rules)
			at[text] = i
			rules = append(rules, rule{ports: policyPorts(all)})
		}
		rules[i].peers = append(rules[i].peers, p.peer)
	}
	return rules
}
