package query

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/policycheck"
	"github.com/zt-lang/zt/compiler/relation"
)

// NearMiss is a rule that would permit what was asked, but for one thing.
type NearMiss struct {
	Place
	Message string `json:"message"`
}

// String returns the near miss as text shows it.
func (n NearMiss) String() string {
	return fmt.Sprintf("%s:%d: %s %s %s %s", n.File, n.Line, cmp.Or(n.Kind, "NetworkPolicy"), n.Policy, n.Rule, n.Message)
}

// maxNear is how many near misses an answer has.
const maxNear = 5

// nearMisses returns the rules of policies that come nearest to permitting a connection, on the sides
// that deny it. There are none for a topology: a suggestion says what to write there.
func (v *Model) nearMisses(a Answer) []NearMiss {
	if v.topology != nil || a.Permitted {
		return nil
	}
	var found []candidate
	for _, d := range directions {
		s := a.Egress
		if d == relation.Ingress {
			s = a.Ingress
		}
		if !s.Isolated || s.Permitted || s.some || s.gaveUp {
			continue
		}
		own, peer := sides(d, a.From, a.To)
		found = append(found, v.nearSide(a, own, peer, d)...)
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.at.compare(b.at) })
	var out []NearMiss
	for _, c := range found {
		if len(out) == maxNear {
			break
		}
		if message := c.message(); message != "" && !slices.Contains(out, NearMiss{c.at, message}) {
			out = append(out, NearMiss{c.at, message})
		}
	}
	return out
}

// candidate is a rule that fits but for one thing; its message is empty if that is not near.
type candidate struct {
	at      Place
	message func() string
}

// nearEnd is one end of a connection as a policy sees it: pods of one namespace.
type nearEnd struct {
	party     *Party
	part      relation.Peer
	namespace string
	labels    map[string]string
}

// nearEnds returns the parts of a party. Only pods of one namespace have labels by which they can be missed.
func nearEnds(p *Party) []nearEnd {
	var out []nearEnd
	for _, part := range p.Parts {
		e := nearEnd{party: p, part: part}
		if pods, name, ok := podsOfOne(part); ok && p.Host == "" {
			e.namespace, e.labels = name, pods.Labels.Sample()
			if p.workload != nil {
				e.labels = p.workload.Labels
			}
		}
		out = append(out, e)
	}
	return out
}

func (v *Model) nearSide(a Answer, own, peer *Party, d relation.Direction) []candidate {
	var out []candidate
	for _, o := range nearEnds(own) {
		rules := v.Relation.RuleSets[d][o.namespace]
		if rules == nil || o.namespace == "" || v.ordered.Guards(o.namespace, d) { // there, the tiers say what decides
			continue
		}
		pods := o.part.(relation.Pods).Labels
		for i, g := range rules.Rules() {
			origin := v.origins[d][o.namespace][i]
			if origin.isFree() {
				continue
			}
			to, at := peer, relation.Peer(nil)
			if d == relation.Ingress {
				to, at = own, o.part
			}
			for _, p := range nearEnds(peer) {
				if d == relation.Egress {
					at = p.part
				}
				isOwn, isPeer := g.Own.Overlaps(pods), p.part.Overlaps(g.Peer, v.Relation.Facts)
				isPort := a.Ports.Subset(v.resolve(g.Ports, to, at))
				var message func() string
				switch {
				case isOwn && isPeer && !isPort:
					message = func() string { return v.nearPort(a, g.Ports, to) }
				case isOwn && !isPeer && isPort:
					message = func() string { return v.nearPeer(g.Peer, o.namespace, p) }
				case !isOwn && isPeer && isPort:
					message = func() string { return nearOwn(g.Own, o) }
				default:
					continue
				}
				out = append(out, candidate{origin.at(), message})
			}
		}
	}
	return out
}

// nearPort says that a rule permits other ports of the same connection.
func (v *Model) nearPort(a Answer, permitted relation.Ports, to *Party) string {
	message := fmt.Sprintf("permits this on %s; the connection is on %s", permitted, a.Ports)
	if to.workload == nil {
		return message
	}
	for _, p := range to.workload.Ports {
		if relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number}).Subset(a.Ports) {
			message += ", where the container listens"
			break
		}
	}
	for _, s := range v.inventory.Services {
		for _, p := range s.Ports {
			if s.Namespace == to.workload.Namespace && !s.Headless && servicePort(p).Subset(permitted) && len(s.Selector) > 0 && relation.Select(requirements(s.Selector)...).Matches(to.workload.Labels) {
				return message + fmt.Sprintf("; %d is the port of %s, and policies see the container's", p.Number, s.Object)
			}
		}
	}
	return message
}

func requirements(labels map[string]string) []relation.Requirement {
	var out []relation.Requirement
	for k, value := range labels {
		out = append(out, relation.Requirement{Key: k, Values: relation.In(value)})
	}
	return out
}

// nearPeer says why a rule does not have a peer: its namespace or one of its labels.
func (v *Model) nearPeer(permitted relation.Peer, ns string, p nearEnd) string {
	pods, ok := permitted.(relation.Pods)
	if !ok || p.namespace == "" {
		return ""
	}
	inNamespace := p.part.Overlaps(relation.PodPeer(pods.Namespaces, relation.Selector{}), v.Relation.Facts)
	if inNamespace {
		wanted, carried, ok := policycheck.Near(pods.Labels, p.labels)
		if !ok {
			return ""
		}
		return fmt.Sprintf("permits this for %s; %s %s", wanted, p.party.Name, carried)
	}
	if !pods.Labels.Matches(p.labels) {
		return ""
	}
	switch {
	case pods.Namespaces.String() == namespaceOf(ns).String() && pods.Labels.IsAny():
		return ""
	case pods.Namespaces.String() == namespaceOf(ns).String():
		return fmt.Sprintf("permits this for %s in its own namespace only, %s; %s is in %s", pods.Labels, ns, p.party.Name, p.namespace)
	}
	labels := v.Relation.Facts.Labels(p.namespace)
	if _, _, ok := policycheck.Near(pods.Namespaces, labels); !ok && !named(pods.Namespaces, p.namespace) && pods.Labels.IsAny() {
		return ""
	}
	return fmt.Sprintf("permits this from namespaces with %s; namespace %s has %s", pods.Namespaces, p.namespace, policycheck.LabelsText(labels))
}

// named reports whether a selector requires a name as the value of some label.
func named(s relation.Selector, name string) bool {
	return slices.ContainsFunc(s.Keys(), func(k relation.Requirement) bool { return k.Values.Has(name, true) && !k.Values.Others })
}

// nearOwn says why a policy does not select pods: one of their labels.
func nearOwn(selected relation.Selector, o nearEnd) string {
	wanted, carried, ok := policycheck.Near(selected, o.labels)
	if !ok {
		return ""
	}
	return fmt.Sprintf("permits this, but selects %s; %s %s", wanted, o.party.Name, carried)
}
