package evaluate

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// Policies of Cilium stand beside NetworkPolicies. Cilium puts the rules of both into one tier (pkg/policy:
// Tier Normal), in which they have no order: what one denies is denied, else what one permits is permitted.
//
// What no rule of this tier matches is not decided yet. Then Cilium asks the tier Baseline, also about pods
// that a policy isolates, and only then denies what is sent to or by isolated pods
// (pkg/policy/repository.go, computePolicyEnforcementAndRules: no rule denies it before). In this it
// differs from the Network Policy API, by which Baseline has no say about isolated pods.

// ciliumSpec is what a policy of Cilium says about some pods.
type ciliumSpec struct {
	policy *ciliumpolicy.Policy
	index  int
}

func (c ciliumSpec) spec() *ciliumpolicy.Spec { return &c.policy.Specs[c.index] }

func (c ciliumSpec) origin(rule, peer int) Origin {
	return Origin{Cilium: c.policy, Spec: c.index, Rule: rule, Peer: peer}
}

// ciliumSpecs is what policies of Cilium say, by the namespaces that it is about.
type ciliumSpecs struct {
	in   map[string][]ciliumSpec // of the namespaced kind
	wide []ciliumSpec
}

func specsOf(list []*ciliumpolicy.Policy) ciliumSpecs {
	out := ciliumSpecs{in: map[string][]ciliumSpec{}}
	for _, p := range list {
		for i := range p.Specs {
			if c := (ciliumSpec{p, i}); p.Namespace != "" {
				out.in[p.Namespace] = append(out.in[p.Namespace], c)
			} else {
				out.wide = append(out.wide, c)
			}
		}
	}
	return out
}

// OpenRule is the error that nothing says what a rule matches or decides.
type OpenRule struct {
	Policy        *ciliumpolicy.Policy
	Field, Reason string
}

// Error returns the rule and what is not known.
func (e *OpenRule) Error() string {
	name := e.Policy.Name
	if e.Policy.Namespace != "" {
		name = e.Policy.Namespace + "/" + name
	}
	return fmt.Sprintf("%s %s: %s: nothing says %s", e.Policy.Kind, name, e.Field, e.Reason)
}

// CiliumRelation returns what policies of Cilium permit, given the facts about namespaces, nodes and the API
// server. It is an OpenRule if that is not known of some rule.
func CiliumRelation(list []*ciliumpolicy.Policy, facts *relation.Facts) (*relation.Relation, error) {
	for _, p := range list {
		if p.Unread != "" {
			return nil, &OpenRule{p, "spec", p.Unread}
		}
	}
	o, err := traceOrdered(policyset.NewBuilder().Set(), nil, nil, list, facts, relation.Addrs{}, relation.Addrs{}, onlyLeast)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		for i := range p.Specs {
			if err := openRuleOf(p, i, o.Names); err != nil {
				return nil, err
			}
		}
	}
	return o.Least, nil
}

// openRuleOf returns the first rule of a spec of which nothing says what it matches or decides, or nil.
func openRuleOf(p *ciliumpolicy.Policy, index int, names *Names) error {
	for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
		for _, r := range p.Specs[index].Rules[d] {
			field := fmt.Sprintf("%s.%s[%d]", p.Specs[index].Path, r.Field(d), r.Index)
			if !r.Proxied.IsEmpty() {
				return &OpenRule{p, field, r.Doubt}
			}
			for _, peer := range r.Peers {
				if doubts := names.Doubts(p, &p.Specs[index], peer); len(doubts) > 0 {
					return &OpenRule{p, peer.At, doubts[0]}
				}
			}
		}
	}
	return nil
}

func doubtsOf(list []match) (out []string) {
	for _, m := range list {
		if m.doubt != "" {
			out = append(out, m.doubt)
		}
	}
	return out
}

// CiliumMatches returns what a rule matches for certain, of the pods of its subject.
func CiliumMatches(r ciliumpolicy.Rule, facts *relation.Facts) (out []relation.Rule) {
	for _, p := range r.Peers {
		for _, m := range matched(p, facts) {
			if m.doubt == "" && !r.Ports.IsEmpty() {
				out = append(out, relation.Rule{Peer: m.peer, Ports: r.Ports})
			}
		}
	}
	return out
}

// What nothing says of a peer, if the addresses of nodes or of the API server are not known.
const (
	NoNodes     = "which addresses nodes have"
	NoAPIServer = "which addresses the API server has"
)

// match is parties that a peer matches; doubt says why it may match less, or is "".
type match struct {
	peer  relation.Peer
	doubt string
}

// matched returns what a peer matches.
func matched(p ciliumpolicy.Peer, facts *relation.Facts) []match {
	of, isAddrs := p.Of.(relation.Addresses)
	if !isAddrs || !of.Hosts.IsAny() {
		return []match{{p.Of, p.Doubt}}
	}
	nodes := func() match {
		m := match{relation.AddrPeer(facts.MayBeNodes()), p.Doubt}
		if facts.Nodes.IsEmpty() {
			m.doubt = NoNodes
		}
		return m
	}
	apiServer := func() match {
		if facts.APIServer.IsEmpty() {
			return match{relation.AddrPeer(relation.EveryAddr), NoAPIServer}
		}
		return match{relation.AddrPeer(facts.APIServer), p.Doubt}
	}
	switch p.Part {
	case ciliumpolicy.Everywhere:
		return []match{{relation.AddrPeer(relation.EveryAddr), p.Doubt}}
	case ciliumpolicy.Outside:
		return []match{{relation.AddrPeer(relation.EveryAddr.Subtract(facts.Nodes)), p.Doubt}}
	case ciliumpolicy.Nodes:
		return []match{nodes()}
	case ciliumpolicy.SomeNodes:
		some := nodes()
		some.doubt = "which node a pod is on"
		return []match{some}
	case ciliumpolicy.APIServer:
		return []match{apiServer()}
	case ciliumpolicy.NodesAndAPIServer:
		return []match{nodes(), apiServer()}
	}
	return []match{{relation.AddrPeer(of.Addrs.Subtract(facts.Unmatched)), p.Doubt}}
}

// addCilium adds what policies of Cilium say about the pods of a home.
func (r *reduction) addCilium(l *layers, isolates []relation.Selector, specs []ciliumSpec, d relation.Direction) []relation.Selector {
	for _, c := range specs {
		spec := c.spec()
		own := spec.Subject.Labels
		if spec.Isolates[d] {
			isolates = append(isolates, own)
		}
		for i, rule := range spec.Rules[d] {
			for j, p := range rule.Peers {
				for _, m := range r.names.matched(c.policy, spec, p) {
					r.addMatch(l, relation.Rule{Own: own, Peer: m.peer}, rule, m.doubt == "", c.origin(i, j))
				}
			}
		}
	}
	return isolates
}

// addMatch adds what a rule does with the connections that one of its peers matches.
func (r *reduction) addMatch(l *layers, of relation.Rule, rule ciliumpolicy.Rule, sure bool, from Origin) {
	deny := func(ports relation.Ports, sure bool) {
		of.Ports = ports
		l.denied = append(l.denied, unit{Origin: from, action: clusterpolicy.Deny, boxes: []box{{of, sure}}})
	}
	if !rule.Ports.IsEmpty() {
		if rule.Deny {
			deny(rule.Ports, sure)
		} else {
			of.Ports = rule.Ports
			l.accepted = append(l.accepted, item{Rule: of, Origin: from, open: !sure})
		}
	}
	if !rule.Proxied.IsEmpty() { // a proxy may let them through or not, whatever else permits them
		of.Ports = rule.Proxied
		l.accepted = append(l.accepted, item{Rule: of, Origin: from, open: true})
		deny(rule.Proxied, false)
	}
}
