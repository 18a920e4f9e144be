package crosscheck

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// clusterRule is a rule of the tier Admin, for pods of some namespaces.
type clusterRule struct {
	of      inventory.ClusterPolicy
	index   int
	action  clusterpolicy.Action
	subject relation.Pods
	peers   []relation.Peer // that it matches for sure
	ports   relation.Ports
}

func (r clusterRule) name(d relation.Direction) string {
	return fmt.Sprintf("%s %s[%d]", r.of.Object, d, r.index)
}

// clusterPolicies reports where policies of the whole cluster decide before the NetworkPolicies of the program:
// edges that they deny, and pods of isolated namespaces that they open. The tier Baseline comes after these, and
// is not about pods that the program isolates.
func (e *evidence) clusterPolicies() {
	if len(e.inventory.ClusterPolicies) == 0 {
		return
	}
	labels := map[string]map[string]string{}
	for _, n := range e.inventory.Namespaces {
		labels[n.Name] = n.Labels
	}
	for _, n := range e.topology.Namespaces {
		if labels[n.Name] == nil || len(n.Labels) > 1 { // the program's own are those that it relies on
			labels[n.Name] = n.Labels
		}
	}
	facts := relation.NewFacts(labels)
	rules := e.adminRules()
	told := map[string]bool{}
	for _, edge := range e.topology.Edges {
		for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
			e.deniedEdge(edge, d, rules[d], facts, told)
		}
	}
	permits, _ := semantics.Trace(e.topology, semantics.Facts(e.topology))
	for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
		for i, r := range rules[d] {
			if r.action == clusterpolicy.Accept {
				e.openedByCluster(r, d, rules[d][:i], permits, facts)
			}
		}
	}
}

// adminRules returns the rules of the tier Admin by direction, in the order in which they are asked. Of two
// policies of one priority either may come first; then none of the two is taken to decide before the other.
func (e *evidence) adminRules() (out [2][]clusterRule) {
	policies := slices.Clone(e.inventory.ClusterPolicies)
	slices.SortStableFunc(policies, func(a, b inventory.ClusterPolicy) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Object.Name, b.Object.Name))
	})
	for _, p := range policies {
		if p.Tier != clusterpolicy.Admin {
			continue
		}
		for d := range p.Rules {
			for i, r := range p.Rules[d] {
				rule := clusterRule{of: p, index: i, action: r.Action, subject: p.Subject, ports: r.Ports}
				var networks []relation.Addrs
				for _, peer := range r.Peers {
					if peer.Unknown != "" {
						continue
					}
					rule.peers = append(rule.peers, peer.Of)
					if a, ok := peer.Of.(relation.Addresses); ok && a.Hosts.IsAny() {
						networks = append(networks, a.Addrs)
					}
				}
				if relation.EveryAddr.Subset(relation.UnionAddrs(networks...)) {
					rule.peers = append(rule.peers, relation.EveryPeer[0])
				}
				out[d] = append(out[d], rule)
			}
		}
	}
	return out
}

// deniedEdge reports an edge of which a rule denies all pods of one side to all of the other, on some ports.
func (e *evidence) deniedEdge(edge *topology.Edge, d relation.Direction, rules []clusterRule, facts *relation.Facts, told map[string]bool) {
	own, other := edge.From, edge.To
	if d == relation.Ingress {
		own, other = other, own
	}
	for _, part := range semantics.Peers(own) {
		pods, ok := part.(relation.Pods)
		if !ok || own.Kind == topology.Everything {
			continue
		}
		for _, peer := range semantics.Peers(other) {
			left := edge.Ports
			for _, r := range rules {
				both := left.And(r.ports)
				if both.IsEmpty() || !pods.Inside(r.subject, facts) || !slices.ContainsFunc(r.peers, func(p relation.Peer) bool { return peer.Inside(p, facts) }) {
					continue
				}
				if left = left.Minus(r.ports); r.action != clusterpolicy.Deny {
					continue
				}
				e.reportDenied(edge, r, d, both, told)
			}
		}
	}
}

// reportDenied reports an edge that a rule denies. Those to the resolvers, which the program does not write, are
// reported once for each rule.
func (e *evidence) reportDenied(edge *topology.Edge, r clusterRule, d relation.Direction, ports relation.Ports, told map[string]bool) {
	name := r.name(d)
	key := name + fmt.Sprint(edge.Span.Start)
	what := "this edge"
	if edge.Implicit {
		key, what = name, "the DNS of "+edge.From.String()
	}
	if told[key] {
		return
	}
	told[key] = true
	e.diags.Add(diag.New(diag.EdgeDenied, edge.Span, "%s denies %s on %s, before every NetworkPolicy", name, what, ports).
		WithRelated(r.of.Span, "%s", r.of.Object).
		WithHelp("remove the edge, or ask who owns the policy for a rule before it that accepts or passes this"))
}

// openedByCluster notes a rule that accepts what the program does not permit, for pods that it isolates.
func (e *evidence) openedByCluster(r clusterRule, d relation.Direction, earlier []clusterRule, permits *relation.Relation, facts *relation.Facts) {
	for _, n := range e.topology.Namespaces {
		in := facts.Labels(n.Name)
		set := permits.RuleSets[d][n.Name]
		if set == nil || !r.subject.Namespaces.Matches(in) {
			continue
		}
		for _, peer := range r.peers {
			left := []relation.Rule{{Own: r.subject.Labels, Peer: peer, Ports: r.ports}}
			for _, b := range earlier {
				if b.subject.Namespaces.Matches(in) && (b.of.Object.Name == r.of.Object.Name || b.of.Priority < r.of.Priority) {
					left = minus(left, b, facts)
				}
			}
			i := slices.IndexFunc(left, func(rule relation.Rule) bool {
				covered, gaveUp := set.Covers(rule)
				return !covered && !gaveUp
			})
			if i < 0 {
				continue
			}
			e.diags.Add(diag.New(diag.OpenedByCluster, n.Span, "%s accepts connections of pods of %s that the program does not permit", r.name(d), n.Name).
				WithRelated(r.of.Span, "%s", r.of.Object).
				WithHelp("no NetworkPolicy can deny what the tier Admin accepts; if it is not meant so, ask who owns the policy to narrow it or to write action: Pass"))
			return
		}
	}
}

// maxLeft is into how many parts what is left of a rule may fall.
const maxLeft = 300

// minus returns what is left of rules without what another rule matches; nothing if that is too much.
func minus(list []relation.Rule, b clusterRule, facts *relation.Facts) []relation.Rule {
	for _, peer := range b.peers {
		var next []relation.Rule
		for _, l := range list {
			rest, _ := l.Minus(relation.Rule{Own: b.subject.Labels, Peer: peer, Ports: b.ports}, facts)
			next = append(next, rest...)
		}
		if list = next; len(list) > maxLeft {
			return nil
		}
	}
	return list
}
