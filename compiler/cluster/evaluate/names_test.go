package evaluate_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
)

// A rule for host names permits them for certain only if a rule for DNS lets its pods resolve all of them.
func TestCiliumNames(t *testing.T) {
	facts := relation.NewFacts(map[string]map[string]string{"shop": {}})
	name := func(text string) ciliumpolicy.EgressRule {
		return ciliumpolicy.EgressRule{ToFQDNs: []ciliumpolicy.HostName{{MatchPattern: text}}}
	}
	everywhere := ciliumpolicy.To{ToEntities: []string{"all"}}
	dns := func(names ...string) ciliumpolicy.EgressRule {
		var list []ciliumpolicy.HostName
		for _, n := range names {
			list = append(list, ciliumpolicy.HostName{MatchPattern: n})
		}
		return ciliumpolicy.EgressRule{To: everywhere, ToPorts: []ciliumpolicy.PortRule{{Ports: []ciliumpolicy.Port{{Port: "53", Protocol: "UDP"}}, Rules: &ciliumpolicy.Proxied{DNS: list}}}}
	}
	nowhere := dns("*")
	nowhere.To = ciliumpolicy.To{ToEndpoints: nil, ToCIDR: []string{}}
	deny := func(port string) []ciliumpolicy.EgressDenyRule {
		return []ciliumpolicy.EgressDenyRule{{To: everywhere, ToPorts: []ciliumpolicy.PortDenyRule{{Ports: []ciliumpolicy.Port{{Port: port, Protocol: "UDP"}}}}}}
	}
	for _, test := range []struct {
		name  string
		rules []ciliumpolicy.EgressRule
		deny  []ciliumpolicy.EgressDenyRule
		sure  bool
	}{
		{"no rule for DNS", []ciliumpolicy.EgressRule{name("a.example.com")}, nil, false},
		{"all names", []ciliumpolicy.EgressRule{name("a.example.com"), dns("*")}, nil, true},
		{"others", []ciliumpolicy.EgressRule{name("a.example.com"), dns("b.example.com")}, nil, false},
		{"its pattern", []ciliumpolicy.EgressRule{name("a.example.com"), dns("*.example.com")}, nil, true},
		{"some of the pattern", []ciliumpolicy.EgressRule{name("*.example.com"), dns("a.example.com")}, nil, false},
		{"several together", []ciliumpolicy.EgressRule{name("**.example.com"), dns("*.example.com", "**.example.com")}, nil, true},
		{"a resolver that is nowhere", []ciliumpolicy.EgressRule{name("a.example.com"), nowhere}, nil, false},
		{"DNS is denied", []ciliumpolicy.EgressRule{name("a.example.com"), dns("*")}, deny("53"), false},
		{"something else is denied", []ciliumpolicy.EgressRule{name("a.example.com"), dns("*")}, deny("54"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := ciliumOf(t, ciliumpolicy.SpecObject{Egress: test.rules, EgressDeny: test.deny})
			o, err := evaluate.TraceCilium(nil, nil, []*ciliumpolicy.Policy{p}, facts, relation.Addrs{}, relation.Addrs{})
			if err != nil {
				t.Fatal(err)
			}
			c := relation.Connection{From: relation.Party{Namespace: "shop", NamespaceLabels: facts.Labels("shop")},
				To:   relation.Party{Addr: netip.MustParseAddr("203.0.113.9"), Host: "a.example.com"},
				Port: relation.Port{Protocol: relation.TCP, Number: 443}}
			limited := !test.sure
			if test.name == "several together" {
				c.To.Host = "x.y.example.com"
			}
			if o.Least.Permits(c) == limited || !o.Most.Permits(c) {
				t.Errorf("permitted at least: %t, at most: %t", o.Least.Permits(c), o.Most.Permits(c))
			}
			_, err = evaluate.CiliumRelation([]*ciliumpolicy.Policy{p}, facts)
			if open := (*evaluate.OpenRule)(nil); limited && !errors.As(err, &open) {
				t.Errorf("as a relation: %v", err)
			}
		})
	}
}

// A rule of the tier Admin that denies DNS, or accepts it without a proxy, leaves open whether Cilium learns names.
// One that passes it does not, nor do the rules of the tier Baseline.
func TestNamesBelowTiers(t *testing.T) {
	facts := relation.NewFacts(map[string]map[string]string{"shop": {}})
	p := ciliumOf(t, ciliumpolicy.SpecObject{Egress: []ciliumpolicy.EgressRule{
		{ToFQDNs: []ciliumpolicy.HostName{{MatchName: "a.example.com"}}},
		{To: ciliumpolicy.To{ToEntities: []string{"all"}}, ToPorts: []ciliumpolicy.PortRule{{
			Ports: []ciliumpolicy.Port{{Port: "53", Protocol: "UDP"}}, Rules: &ciliumpolicy.Proxied{DNS: []ciliumpolicy.HostName{{MatchPattern: "*"}}},
		}}},
	}})
	for _, test := range []struct {
		tier   clusterpolicy.Tier
		action clusterpolicy.Action
		port   int
		sure   bool
	}{
		{clusterpolicy.Admin, clusterpolicy.Deny, 53, false},
		{clusterpolicy.Admin, clusterpolicy.Deny, 54, true},
		{clusterpolicy.Admin, clusterpolicy.Accept, 53, false},
		{clusterpolicy.Admin, clusterpolicy.Pass, 53, true},
		{clusterpolicy.Baseline, clusterpolicy.Deny, 53, true},
	} {
		c := &clusterpolicy.Policy{Kind: "ClusterNetworkPolicy", Name: "dns", Tier: test.tier}
		c.Rules[relation.Egress] = []clusterpolicy.Rule{{
			Action: test.action, Peers: []clusterpolicy.Peer{{Of: relation.PodPeer(relation.Selector{}, relation.Selector{}), OfNamespaces: true}},
			Ports: relation.RangeOf(relation.PortRange{Protocol: relation.UDP, Low: test.port, High: test.port}),
		}}
		o, err := evaluate.TraceCilium(nil, []*clusterpolicy.Policy{c}, []*ciliumpolicy.Policy{p}, facts, relation.Addrs{}, relation.Addrs{})
		if err != nil {
			t.Fatal(err)
		}
		named := relation.Connection{
			From: relation.Party{Namespace: "shop", NamespaceLabels: facts.Labels("shop")},
			To:   relation.Party{Addr: netip.MustParseAddr("203.0.113.9"), Host: "a.example.com"},
			Port: relation.Port{Protocol: relation.TCP, Number: 443},
		}
		if o.Least.Permits(named) != test.sure || !o.Most.Permits(named) || o.IsOpen() == test.sure {
			t.Errorf("%v %v of port %d: permitted at least: %t, at most: %t, open: %t", test.tier, test.action, test.port, o.Least.Permits(named), o.Most.Permits(named), o.IsOpen())
		}
	}
}
