package proof

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// GuardDifference is a mistake in guards.
type GuardDifference struct {
	Difference // of the guards and the policies beside them, together
	// Left is a connection that the program denies, and that the guards leave to others.
	Left *relation.Connection
}

// CompareGuards reads back policies and the guards beside them. Together, they must permit what the topology
// permits, but for what it denies: a pod of two tiers may have connections that it permits and denies. And the guards must deny what the topology denies, whatever policies are beside them: not those
// of the program alone, but any at all.
func CompareGuards(t *topology.Topology, of target.Target, files []manifest.File, guard target.Guard, guards []manifest.File, format manifest.Format) (GuardDifference, error) {
	var d GuardDifference
	facts := semantics.Facts(t)
	read, err := guard.ReadGuards(guards, format)
	if err != nil {
		return d, err
	}
	policies, err := of.Read(files, format)
	if err != nil {
		return d, err
	}
	pods := t.Network.PossiblePods()
	least, most, err := read.Together(policies, forbidden(t), facts, pods)
	if err != nil {
		return d, err
	}
	want, _ := semantics.Trace(t, facts)
	var decided [3]bool
	d.More, decided[0] = first(most, want)
	d.Less, decided[1] = first(want, least)
	left, err := read.Left(Denied(t, guard), facts)
	if err != nil {
		return d, err
	}
	d.Left, decided[2] = first(left, closed(left))
	if !decided[0] || !decided[1] || !decided[2] {
		return d, errTooMany
	}
	return d, nil
}

// closed returns a relation in which no pod opens a connection.
func closed(left *relation.Relation) *relation.Relation {
	none := relation.NewRelation(left.Facts)
	none.Classes = left.Classes
	none.RuleSets[relation.Ingress] = left.RuleSets[relation.Ingress]
	for home := range left.RuleSets[relation.Egress] {
		none.RuleSets[relation.Egress][home] = relation.NewRuleSet(left.Facts, nil)
	}
	return none
}

// Denied lists the connections that a program denies and that guards can deny wherever they are: those that pods
// open, by numbers of ports. In policies that are not of a network plugin's own, addresses can match pods: there, of
// the addresses outside it is those that are no pod's.
func Denied(t *topology.Topology, by target.Guard) (out []target.Connections) {
	var pods relation.Addrs
	if _, native := by.(target.Native); !native {
		pods = t.Network.PossiblePods()
	}
	for _, c := range forbidden(t) {
		if to, ok := c.To.(relation.Addresses); ok {
			if !t.Stage.Has(relation.Egress) {
				continue // only where they start can they be denied
			}
			c.To = relation.AddrPeer(to.Addrs.Subtract(pods))
		}
		_, isPods := c.From.(relation.Pods)
		if c.Ports = c.Ports.Numbers(); isPods && !c.Ports.IsEmpty() {
			out = append(out, c)
		}
	}
	return out
}

// forbidden lists the connections that a program denies, but for those to names of hosts, which no policy can deny.
func forbidden(t *topology.Topology) (out []target.Connections) {
	for _, d := range t.Denies {
		if d.Kind == topology.DenyPath {
			continue
		}
		for i, from := range d.From {
			for j, to := range d.To {
				if d.Kind == topology.DenyIsolate && i == j {
					continue
				}
				for _, source := range parties(from.Endpoint) {
					for _, peer := range parties(to.Endpoint) {
						out = append(out, target.Connections{From: source, To: peer, Ports: to.Ports, Stage: t.Stage})
					}
				}
			}
		}
	}
	return out
}

// parties returns what an endpoint has, without names of hosts. All of its addresses are one peer: that a guard
// denies those of all nodes shows only then.
func parties(e *topology.Endpoint) []relation.Peer {
	if e.Kind == topology.Addresses {
		return []relation.Peer{relation.AddrPeer(e.Addrs)}
	}
	return semantics.Peers(e)
}

// CheckGuards reports what CompareGuards finds. If it reports anything, none of the files may be used.
func CheckGuards(t *topology.Topology, of target.Target, files []manifest.File, guard target.Guard, guards []manifest.File, format manifest.Format) diag.List {
	d, err := CompareGuards(t, of, files, guard, guards, format)
	diags := report(t, d.Difference, err)
	if d.Left != nil && err == nil {
		diags.Add(bug(diag.GuardOpen, "the guardrails leave %s to other policies, which the program denies", d.Left))
	}
	return diags
}
