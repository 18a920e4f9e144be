package query

import (
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/relation"
)

// has reports whether an end is a member of a party.
func (p *Party) has(e end) bool {
	return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		switch part := part.(type) {
		case relation.Addresses:
			return e.addr.IsValid() && part.Addrs.Has(e.addr)
		case relation.Pods:
			return !e.addr.IsValid() && part.Namespaces.Matches(e.nsHas) && part.Labels.Matches(e.labels)
		}
		panic("unknown peer")
	})
}

// hasPort reports whether ports have one of a destination, by its number or by what its containers call it.
func hasPort(ports relation.Ports, to end, p on) bool {
	for _, r := range ports.Ranges() {
		if r.Protocol == protocolOf(p) && r.Low <= p.number && p.number <= r.High {
			return true
		}
	}
	return slices.ContainsFunc(ports.NamedPorts(), func(n relation.NamedPort) bool {
		return n.Protocol == protocolOf(p) && slices.Contains(to.listen, listen{n.Name, p.protocol, p.number})
	})
}

func protocolOf(p on) relation.Protocol {
	protocol, ok := relation.ParseProtocol(string(p.protocol))
	if !ok {
		panic("unknown protocol " + p.protocol)
	}
	return protocol
}

// TestReachOfManifests compares the list of connections with the naive evaluator: what is listed is permitted
// for every member, and between workloads and addresses everything that is permitted is listed, as a pair or,
// where no policy isolates either side, as what is open on each.
func TestReachOfManifests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clusters.Draw(t, "cluster")
		v, n := viewOf(t, c.files...), c.naive()
		connections := v.Reach()
		for _, connection := range connections {
			n.permitsAll(t, v, c, connection)
		}
		somebody := func(label string) []*Party {
			if len(v.Parties) == 0 || rapid.Bool().Draw(t, label+" is anybody") {
				return nil
			}
			return []*Party{rapid.SampledFrom(v.Parties).Draw(t, label)}
		}
		if from, to := somebody("from"), somebody("to"); len(from)+len(to) > 0 {
			starts, ends := v.sharing(from), v.sharing(to)
			want := slices.DeleteFunc(v.Reach(slices.Concat(from, to)...), func(c Connection) bool { return !starts.has(c.From) || !ends.has(c.To) })
			want = withoutPartsOf(want, starts, ends)
			got, ok := v.Connections(from, to)
			if text, all := textOf(t, v, got), textOf(t, v, want); !ok || text != all {
				t.Fatalf("from %v to %v: %v\n%swant\n%s", from, to, ok, text, all)
			}
		}
		for i, from := range c.ends {
			for j, to := range c.ends {
				if !c.isNamed(i) || !c.isNamed(j) || from.addr.IsValid() && to.addr.IsValid() {
					continue
				}
				opens := from.addr.IsValid() || listed(connections, from.name, "all")
				for _, p := range ports {
					want := n.permits(from.end, to.end, p)
					got := opens && (to.addr.IsValid() || listed(connections, "all", to.name)) || slices.ContainsFunc(connections, func(x Connection) bool {
						return v.holds(x.From, from) && v.holds(x.To, to) && x.isOf(from, to) && hasPort(x.Ports, to.end, p)
					})
					if got != want {
						t.Fatalf("%s -> %s :%s: listed is %v, want %v", from.name, to.name, p, got, want)
					}
				}
			}
		}
	})
}

func textOf(t *rapid.T, v *Model, connections []Connection) string {
	var out strings.Builder
	if err := v.WriteConnections(&out, connections, nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// listed reports whether a connection between parties of these names is listed for every port.
func listed(connections []Connection, from, to string) bool {
	return slices.ContainsFunc(connections, func(x Connection) bool { return x.From.Name == from && x.To.Name == to && x.Ports.IsEvery() })
}

// isNamed reports whether an end is a workload's or an address, which answers have names for.
func (c *cluster) isNamed(i int) bool { return i < len(c.workloads) || c.ends[i].addr.IsValid() }

// isOf reports whether a connection is of just these workloads, or of addresses.
func (x Connection) isOf(from, to asked) bool {
	return (from.addr.IsValid() || x.From.Name == from.name) && (to.addr.IsValid() || x.To.Name == to.name)
}

// holds reports whether an end is in a party. A workload's are its own pods alone, though others have
// the same labels: what their containers listen on is something else.
func (v *Model) holds(p *Party, e asked) bool {
	if p.workload != nil {
		return p.Name == e.name
	}
	return p.has(e.end)
}

// permitsAll wants all of a connection to be permitted.
func (n naive) permitsAll(t *rapid.T, v *Model, c *cluster, connection Connection) {
	for _, from := range c.ends {
		for _, to := range c.ends {
			if !v.holds(connection.From, from) || !v.holds(connection.To, to) {
				continue
			}
			for _, p := range ports {
				permitted := n.permits(from.end, to.end, p)
				switch { // all is whoever the other side lets in or out
				case connection.From.Free:
					permitted = n.side(networkingv1.PolicyTypeIngress, to.end, from.end, to.end, p)
				case connection.To.Free:
					permitted = n.side(networkingv1.PolicyTypeEgress, from.end, to.end, to.end, p)
				}
				if hasPort(connection.Ports, to.end, p) && !permitted {
					t.Fatalf("%s -> %s :%s is listed, and %s -> %s :%s is denied", connection.From.Name, connection.To.Name, connection.Ports, from.name, to.name, p)
				}
			}
		}
	}
}
