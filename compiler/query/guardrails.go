package query

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// Decision is what a rule of a tier does with some of what is asked for.
type Decision struct {
	Tier   evaluate.Stage `json:"tier"`
	Action string         `json:"action"`
	// Partly is set if the rule decides about some of it only, and Open if it is not known whether it
	// decides.
	Partly bool `json:"partly,omitempty"`
	Open   bool `json:"open,omitempty"`
	// Overridden is set if an earlier tier decides, so that this rule does not.
	Overridden bool `json:"overridden,omitempty"`
	// Rule is where the rule stands; nil if no rule decides.
	Rule *Place `json:"rule,omitempty"`
}

// openRule is a rule of which it is not known what it matches or when it is asked.
type openRule struct {
	Undecided
	direction relation.Direction
	subject   relation.Pods
	ports     relation.Ports
	peers     []relation.Peer // whose connections are open; none for any
	// alone is set if what is open is a matter of this rule, and not one of the network plugin for all rules.
	alone bool
}

// openRules lists the rules of the policies of the whole cluster that have several readings.
func openRules(list []inventory.ClusterPolicy, podAddrs relation.Addrs, byCilium bool) (out []openRule) {
	add := func(p inventory.ClusterPolicy, d relation.Direction, r clusterpolicy.Rule, of []relation.Peer, alone bool, message string) {
		out = append(out, openRule{Undecided{message, p.Span}, d, p.Subject, r.Ports, of, alone})
	}
	for i, p := range list {
		for _, d := range directions {
			for n, r := range p.Rules[d] {
				at := fmt.Sprintf("%s[%d] of %s", d, n, p.Object)
				for _, peer := range r.Peers {
					of, isBlock := peer.Of.(relation.Addresses)
					if byCilium && isBlock && !of.Hosts.IsAny() {
						out = append(out, openRule{Undecided{fmt.Sprintf("nothing says which names Cilium lets the pods of %s resolve, and learns the addresses of", at), p.Span}, d, p.Subject, relation.EveryPort, nil, true})
					}
					switch {
					case peer.Unknown != "":
						add(p, d, r, relation.EveryPeer[1:], true, fmt.Sprintf("nothing says which addresses %s in %s match", peer.Unknown, at))
					case clusterpolicy.MayNamePods(peer.Of):
						add(p, d, r, nil, true, fmt.Sprintf("nothing says which pods %s in %s is a name of", hostName(of.Hosts), at))
					case isBlock && of.Hosts.IsAny() && of.Addrs.Overlaps(podAddrs) && !relation.EveryAddr.Subset(of.Addrs):
						add(p, d, r, relation.EveryPeer[:1], false, fmt.Sprintf("the networks in %s match pods by their addresses, which zt does not know", at))
					}
				}
			}
			for _, q := range list[:i] {
				if p.Tier != q.Tier || p.Priority != q.Priority {
					continue
				}
				if peers := disputed(p.Policy, q.Policy, d, podAddrs); len(peers) > 0 {
					out = append(out, openRule{Undecided{fmt.Sprintf("%s and %s have the priority %d, and the API leaves open which comes first", q.Object, p.Object, p.Priority), p.Span}, d, p.Subject, relation.EveryPort, peers, true})
				}
			}
		}
	}
	return out
}

// disputed returns the peers of which two policies can have different actions for pods that both select.
func disputed(p, q *clusterpolicy.Policy, d relation.Direction, podAddrs relation.Addrs) (out []relation.Peer) {
	if !p.Subject.Labels.Overlaps(q.Subject.Labels) || p.Subject.Namespaces.Intersect(q.Subject.Namespaces).IsEmpty() {
		return nil
	}
	for _, r := range p.Rules[d] {
		for _, s := range q.Rules[d] {
			if r.Action == s.Action || !r.Ports.MayOverlap(s.Ports) {
				continue
			}
			for _, a := range possiblePeers(r, podAddrs) {
				for _, b := range possiblePeers(s, podAddrs) {
					if both := a.Intersect(b); !isNobody(both) {
						out = append(out, both)
					}
				}
			}
		}
	}
	return out
}

// isNobody reports whether a peer has no member, whatever namespaces there are.
func isNobody(p relation.Peer) bool {
	switch of := p.(type) {
	case relation.Pods:
		return of.Labels.IsEmpty() || of.Namespaces.IsEmpty()
	case relation.Addresses:
		return of.Addrs.IsEmpty() || of.Hosts.IsEmpty()
	}
	panic(fmt.Sprintf("unknown kind of peer %T", p))
}

// possiblePeers returns all that a rule can match.
func possiblePeers(r clusterpolicy.Rule, podAddrs relation.Addrs) (out []relation.Peer) {
	for _, p := range r.Peers {
		if p.Unknown != "" {
			out = append(out, relation.AddrPeer(relation.EveryAddr))
			continue
		}
		out = append(out, p.Of)
		if of, ok := p.Of.(relation.Addresses); ok && of.Addrs.Overlaps(podAddrs) { // networks, and names that can be of pods
			out = append(out, relation.EveryPeer[0])
		}
	}
	return out
}

// undecidedRules returns why rules that apply to the ends of a question have several readings.
func (v *Model) undecidedRules(from, to []*Party, ports relation.Ports) (out []Undecided) {
	for _, r := range v.openRules {
		own, others := sides(r.direction, from, to)
		overlaps := func(p *Party, of relation.Peer) bool {
			return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool { return part.Overlaps(of, v.Relation.Facts) })
		}
		selects := func(p *Party) bool { return !p.Free && overlaps(p, r.subject) }
		isPeer := func(p *Party) bool {
			return p.Free || slices.ContainsFunc(r.peers, func(of relation.Peer) bool { return overlaps(p, of) })
		}
		if r.ports.MayOverlap(ports) && (len(own) == 0 || slices.ContainsFunc(own, selects)) && (len(others) == 0 || len(r.peers) == 0 || slices.ContainsFunc(others, isPeer)) {
			out = append(out, r.Undecided)
		}
	}
	return out
}

// readingsDiffer reports whether the readings of rules permit different connections.
func (v *Model) readingsDiffer() bool {
	if v.ordered == nil || v.mostOpen == nil {
		return false
	}
	if v.differ == nil {
		differ := false
		complete := relation.Diff(v.mostOpen.Relation, v.Relation, func(relation.Connection) bool {
			differ = true
			return false
		})
		differ = differ || !complete
		v.differ = &differ
	}
	return *v.differ
}

// decide adds to a side the rules of each tier that decide about its connections.
func (v *Model) decide(own, peer *Party, ports relation.Ports, d relation.Direction, s *Side) {
	if v.ordered == nil {
		return
	}
	if own.Free {
		if !s.Permitted {
			v.denialsOf(peer, ports, d, s)
		}
		return
	}
	homes, _ := v.homes(own, d)
	to := peer
	if d == relation.Ingress {
		to = own
	}
	for _, h := range homes {
		if !v.ordered.Guards(h.namespace, d) {
			continue
		}
		for _, p := range peer.Parts {
			at := p
			if d == relation.Ingress {
				at = relation.PodPeer(relation.Selector{}, h.own)
			}
			resolve := func(ports relation.Ports) relation.Ports { return v.resolve(ports, to, at) }
			for _, found := range v.ordered.Decisions(h.namespace, d, relation.Rule{Own: h.own, Peer: p, Ports: ports}, resolve) {
				s.Decisions = append(s.Decisions, v.decision(found, d, len(homes) > 1 || len(peer.Parts) > 1))
			}
		}
	}
	if len(s.Decisions) == 0 {
		return
	}
	s.Isolated = len(s.IsolatedBy) > 0
	s.Decisions = merged(s.Decisions)
}

// merged returns decisions in the order of the tiers, each rule's once: parts of the ends can be decided by the same rules.
func merged(all []Decision) (out []Decision) {
	for _, a := range all {
		i := slices.IndexFunc(out, func(b Decision) bool {
			return a.Tier == b.Tier && a.Action == b.Action && a.Overridden == b.Overridden && a.Open == b.Open && sameRule(a, b)
		})
		if i < 0 {
			out = append(out, a)
		} else {
			out[i].Partly = out[i].Partly && a.Partly
		}
	}
	slices.SortStableFunc(out, func(a, b Decision) int { return a.rank() - b.rank() })
	return out
}

// rank orders decisions as the tiers are asked. What Cilium denies because nothing permits it comes after the tier
// Baseline.
func (d Decision) rank() int {
	rank := 0
	switch {
	case d.Tier == evaluate.InDefault:
		rank = 5
	case d.Tier == evaluate.InCilium && d.Rule == nil:
		rank = 4
	case d.Tier == evaluate.InBaseline:
		rank = 3
	case d.Tier != evaluate.InAdmin && d.Rule == nil:
		rank = 2
	case d.Tier != evaluate.InAdmin:
		rank = 1
	}
	if d.Overridden {
		return rank + 6
	}
	return rank
}

// sameRule reports whether two decisions are of one rule, or of none.
func sameRule(a, b Decision) bool {
	return a.Rule == b.Rule || a.Rule != nil && b.Rule != nil && *a.Rule == *b.Rule
}

func (v *Model) decision(found evaluate.Decision, d relation.Direction, several bool) Decision {
	out := Decision{Tier: found.Tier, Action: found.Action.String(), Partly: several || !found.Whole && !found.Open, Open: found.Open, Overridden: found.Overridden}
	var place Place
	switch {
	case found.Cluster != nil:
		place = v.clusterPlaces[found.Cluster].Place
	case found.Policy != nil:
		place = v.policyPlaces[found.Policy].Place
	case found.Cilium != nil:
		place = v.ciliumOrigin(found.Origin, d).Place
	default:
		return out
	}
	place.Rule = ruleText(found.Origin, d)
	place = Origin{Place: place}.at()
	out.Rule = &place
	return out
}

// deniers lists the rules that deny a connection on a side, or else those that may.
func (v *Model) deniers(c relation.Connection, d relation.Direction) []Place {
	var out, open []Place
	own, peer := sides(d, c.From, c.To)
	home := v.Relation.Home(own)
	if !v.ordered.Guards(home, d) {
		return nil
	}
	keys, namespaceKeys := v.keys()
	asked := relation.Rule{Own: exact(own.Labels, keys), Ports: relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: c.Port.Number, High: c.Port.Number})}
	if peer.Namespace == "" {
		asked.Peer = addressOf(peer)
	} else {
		asked.Peer = relation.PodPeer(exact(peer.NamespaceLabels, namespaceKeys), exact(peer.Labels, keys))
	}
	named := []relation.Port{c.Port}
	for _, found := range v.ordered.Decisions(home, d, asked, func(p relation.Ports) relation.Ports { return p.At(named) }) {
		switch {
		case found.Cluster == nil && found.Cilium == nil || found.Action != clusterpolicy.Deny || found.Overridden:
		case found.Open:
			open = append(open, *v.decision(found, d, false).Rule)
		default:
			out = append(out, *v.decision(found, d, false).Rule)
		}
	}
	if len(out) == 0 {
		return open
	}
	return out
}

// addressOf returns just the address that a connection is with, by the name that it has.
func addressOf(p relation.Party) relation.Peer {
	return relation.Addresses{Addrs: relation.Prefix(netip.PrefixFrom(p.Addr, p.Addr.BitLen())), Hosts: relation.HostNamed(p.Host)}
}

// decisionLines writes the decisions of a side. What is open about one rule is one line, and so is what happens if no
// rule decides.
func (s Side) decisionLines() (out []string) {
	open := map[Place][]string{} // what else a rule may do
	for _, d := range s.Decisions {
		if d.Open && d.Rule != nil && !d.Overridden {
			open[*d.Rule] = append(open[*d.Rule], actions[d.Action][1])
		}
	}
	for i, d := range s.Decisions {
		switch earlier, later := s.Decisions[:i], s.Decisions[i+1:]; {
		case d.Open && d.Rule != nil && !d.Overridden:
			if may := open[*d.Rule]; len(may) > 0 {
				slices.Sort(may)
				out = append(out, d.opening(strings.Join(slices.Compact(may), " or ")))
			}
			delete(open, *d.Rule)
		case s.Undecided && d.Rule == nil && d.Action == "Deny" && !d.Overridden:
			out = append(out, "else it is denied, as policies isolate the pods")
		case d.Overridden && slices.ContainsFunc(earlier, d.isElsewhere): // of some of it the rule decides
		default:
			last := !slices.ContainsFunc(later, func(l Decision) bool { return l.Rule == nil && l.Overridden == d.Overridden })
			out = append(out, d.text(last && slices.ContainsFunc(earlier, d.sharesWith)))
		}
	}
	return out
}

// isElsewhere reports whether another decision is what the same rule, or none, does with what no earlier tier decides.
func (d Decision) isElsewhere(of Decision) bool {
	return !of.Overridden && d.Tier == of.Tier && d.Action == of.Action && sameRule(d, of)
}

// sharesWith reports whether a rule decides about some of what a decision is about, if it is what happens without one.
func (d Decision) sharesWith(of Decision) bool {
	return d.Overridden == of.Overridden && of.Rule != nil && of.Action != clusterpolicy.Pass.String()
}

// opening writes that a rule may do something.
func (d Decision) opening(what string) string {
	return fmt.Sprintf("%s may %s it (%s:%d)", d.Rule.Text, what, d.Rule.File, d.Rule.Line)
}

// actions is what rules do, and may do.
var actions = map[string][2]string{"Accept": {"accepts", "accept"}, "Deny": {"denies", "deny"}, "Pass": {"passes", "pass"}}

// text writes the decision: which rule of which tier does what. Rest is set if it is about what other rules leave.
func (d Decision) text(rest bool) string {
	does := actions[d.Action][0]
	what, before := "it", ""
	switch {
	case d.Open:
		does = "may " + actions[d.Action][1]
	case d.Partly && d.Rule == nil && rest:
		what = "the rest"
	case d.Partly:
		what = "some of it"
	}
	if d.Overridden {
		before = "overridden: "
	}
	switch {
	case d.Rule != nil:
		return fmt.Sprintf("%s%s %s %s (%s:%d)", before, d.Rule.Text, does, what, d.Rule.File, d.Rule.Line)
	case d.Tier == evaluate.InNetworkPolicy || d.Tier == evaluate.InCilium:
		who := "policies"
		if d.Tier == evaluate.InNetworkPolicy {
			who = "NetworkPolicies"
		}
		if what == "some of it" {
			return before + who + " isolate the pods, and do not permit all of it"
		}
		return before + who + " isolate the pods, and none permits " + what
	}
	return "no rule decides about " + what + ", so it is permitted"
}
