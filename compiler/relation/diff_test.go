package relation

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func drawPeer(t *rapid.T) Peer {
	switch rapid.IntRange(0, 3).Draw(t, "peer") {
	case 0:
		return AddrPeer(drawAddrs(t))
	case 1:
		return PodPeer(Select(Requirement{NameLabel, In(rapid.SampledFrom([]string{"one", "two", "other", "wild"}).Draw(t, "ns"))}), drawSelector(t))
	case 2:
		return PodPeer(Select(Requirement{"env", drawValues(t)}), drawSelector(t))
	default:
		return PodPeer(Selector{}, drawSelector(t))
	}
}

func drawRelation(t *rapid.T, facts *Facts) *Relation {
	r := NewRelation(facts)
	for _, d := range []Direction{Egress, Ingress} {
		for _, ns := range []string{"one", "two", "wild"} { // nobody declares the last
			if rapid.IntRange(0, 3).Draw(t, "isolated") == 0 {
				continue
			}
			var grants []Rule
			for range rapid.IntRange(0, 3).Draw(t, "grants") {
				grants = append(grants, Rule{drawSelector(t), drawPeer(t), drawPorts(t)})
			}
			r.RuleSets[d][ns] = NewRuleSet(facts, grants)
		}
	}
	return r
}

// someParties is a pod of each kind in each kind of namespace, and addresses.
func someParties() []Party {
	var out []Party
	for _, ns := range []map[string]string{
		{NameLabel: "one", "env": "a"}, {NameLabel: "two"},
		{NameLabel: "other"}, {NameLabel: "other", "env": "a"}, {NameLabel: "wild"}, {NameLabel: "wild", "env": "b"}, {NameLabel: "stranger", "env": "elsewhere"},
	} {
		for _, labels := range []map[string]string{{}, {"app": "a"}, {"app": "b", "role": "c"}, {"role": "elsewhere"}, {"app": "c", "role": "a"}} {
			out = append(out, Party{Namespace: ns[NameLabel], NamespaceLabels: ns, Labels: labels})
		}
	}
	for _, ip := range []string{"10.0.0.0", "10.0.0.5", "10.0.0.15", "10.0.0.16", "2001:db8::3", "192.0.2.1"} {
		out = append(out, Party{Addr: netip.MustParseAddr(ip)})
	}
	return out
}

// TestDiffFindsEveryDifference holds Diff against connections one by one: each
// witness is one, and where some connection differs there is a witness.
func TestDiffFindsEveryDifference(t *testing.T) {
	facts := NewFacts(map[string]map[string]string{"one": {"env": "a"}, "two": nil})
	ports := []Port{{TCP, 1, nil}, {TCP, 5, []string{"http"}}, {UDP, 9, []string{"dns"}}, {TCP, 14, []string{"http", "dns"}}, {SCTP, 3, nil}, {UDP, MaxPort, nil}}
	parties := someParties()
	differ := 0
	rapid.Check(t, func(t *rapid.T) {
		a := drawRelation(t, facts)
		b := a
		if rapid.IntRange(0, 4).Draw(t, "other") > 0 {
			b = drawRelation(t, facts)
		}
		var found *Connection
		Diff(a, b, func(c Connection) bool {
			found = &c
			if !a.Permits(c) || b.Permits(c) {
				t.Errorf("%s is no witness", c)
			}
			return false
		})
		if found != nil {
			differ++
			return
		}
		for _, from := range parties {
			for _, to := range parties {
				for _, port := range ports {
					if c := (Connection{from, to, port}); a.Permits(c) && !b.Permits(c) {
						t.Fatalf("no difference was found, but %s is one", c)
					}
				}
			}
		}
	})
	if differ == 0 {
		t.Error("no two relations differed: the test tests nothing")
	}
}

// TestDiffOfOnePortWithTwoNames: a container's port may have several names, of which
// each side permits another.
func TestDiffOfOnePortWithTwoNames(t *testing.T) {
	facts := NewFacts(map[string]map[string]string{"one": nil})
	here := PodPeer(Select(Requirement{NameLabel, In("one")}), Selector{})
	relation := func(out, in []string) *Relation {
		r := NewRelation(facts)
		for d, names := range [][]string{Egress: out, Ingress: in} {
			var ports Ports
			for _, n := range names {
				ports = ports.Union(Named(NamedPort{n, TCP}))
			}
			r.RuleSets[d]["one"] = NewRuleSet(facts, []Rule{{Peer: here, Ports: ports}})
		}
		return r
	}
	a, b := relation([]string{"x"}, []string{"y", "z"}), relation([]string{"y"}, []string{"y", "z"})
	found := false
	Diff(a, b, func(Connection) bool {
		found = true
		return false
	})
	if !found {
		t.Error("a port that is called both x and z is permitted by one alone")
	}
}

// TestDiffNamesNoPortOfAnAddress: a named port is one of a container, so that it
// permits nothing towards an address.
func TestDiffNamesNoPortOfAnAddress(t *testing.T) {
	facts := NewFacts(map[string]map[string]string{"one": nil})
	a, b := NewRelation(facts), NewRelation(facts)
	b.RuleSets[Egress]["one"] = NewRuleSet(facts, nil)
	a.RuleSets[Egress]["one"] = NewRuleSet(facts, []Rule{{Peer: AddrPeer(EveryAddr), Ports: Named(NamedPort{"http", TCP})}})
	Diff(a, b, func(c Connection) bool {
		t.Errorf("%s cannot be", c)
		return true
	})
}
