package evaluate

import (
	"cmp"
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// Ordered is what NetworkPolicies and policies of the whole cluster permit together.
//
// A connection is decided by the first rule of the tier Admin that matches it; then by the
// NetworkPolicies, if one isolates the pods; then by the first rule of the tier Baseline. What nothing
// decides is permitted. Relations have no order, so the rules are reduced, from the last to the first:
// what a rule accepts is added to what the rules after it permit, what it denies is taken away, and
// what it passes becomes what the next tier permits.
//
// Some things are open: whether a network matches a pod, whose address nobody states; which addresses
// nodes have; which names are those of pods; which of two policies of one priority comes first. So there
// are two relations. Least has what is permitted however these turn out, and Most what is permitted if they
// turn out well for the connection.
type Ordered struct {
	Least, Most               *relation.Relation
	LeastOrigins, MostOrigins Origins
	// Names is the host names of which Cilium learns the addresses.
	Names  *Names
	facts  *relation.Facts
	layers [2]map[string]*layers
	open   bool
	// reduction has made this of the layers.
	reduction *reduction
}

// IsOpen reports whether anything is open. If nothing is, Least and Most are the same.
func (o *Ordered) IsOpen() bool { return o.open }

// layers is what decides about the pods of a home in a direction.
type layers struct {
	admin, baseline []unit
	denied          []unit              // by policies of Cilium
	accepted        []item              // by NetworkPolicies and policies of Cilium
	free            []relation.Selector // the pods that none of these isolates
	// asCilium is set if the tier Baseline also decides about pods that are not free.
	asCilium bool
}

// isOpen reports whether what is permitted at least and at most can differ.
func (l *layers) isOpen() bool {
	unsure := func(u unit) bool { return slices.ContainsFunc(u.boxes, func(b box) bool { return !b.sure }) }
	return slices.ContainsFunc(l.accepted, func(a item) bool { return a.open }) ||
		slices.ContainsFunc(l.admin, unsure) || slices.ContainsFunc(l.baseline, unsure) || slices.ContainsFunc(l.denied, unsure)
}

// unit is a rule of a policy of the whole cluster, for the pods of a home.
type unit struct {
	Origin
	action clusterpolicy.Action
	boxes  []box
}

// box is some of what a unit matches, or may match.
type box struct {
	relation.Rule
	sure bool
}

// item is something that is permitted, and by what.
type item struct {
	relation.Rule
	Origin
	open bool // it may not be: a block of a NetworkPolicy, read as one that matches pods
}

// TraceOrdered returns what policies permit, given the facts about namespaces, the addresses that pods
// can have, and those of them at which an address block of a NetworkPolicy may match a pod: a network
// plugin can leave none, but the networks of cluster-wide policies match pods in any case.
func TraceOrdered(policies []*networkingv1.NetworkPolicy, cluster []*clusterpolicy.Policy, facts *relation.Facts, podAddrs, blockAddrs relation.Addrs) (*Ordered, error) {
	return traceOrdered(policyset.FromObjects(policies), policies, cluster, nil, facts, podAddrs, blockAddrs, byAPI)
}

// TraceCilium is TraceOrdered where Cilium enforces all policies, also those of its own.
func TraceCilium(policies []*networkingv1.NetworkPolicy, cluster []*clusterpolicy.Policy, cilium []*ciliumpolicy.Policy, facts *relation.Facts, podAddrs, blockAddrs relation.Addrs) (*Ordered, error) {
	return traceOrdered(policyset.FromObjects(policies), policies, cluster, cilium, facts, podAddrs, blockAddrs, byCilium)
}

// Together returns what policies permit, at least and at most, as TraceOrdered does, but not by what. No address
// block of a NetworkPolicy matches a pod.
func Together(policies *policyset.Set, cluster []*clusterpolicy.Policy, facts *relation.Facts, podAddrs relation.Addrs) (least, most *relation.Relation, err error) {
	o, err := traceOrdered(policies, nil, cluster, nil, facts, podAddrs, relation.Addrs{}, byAPI)
	if err != nil {
		return nil, nil, err
	}
	return o.Least, o.Most, nil
}

// manner is how policies of several kinds are evaluated together.
type manner int

const (
	byAPI     manner = iota // as the Network Policy API says
	byCilium                // as Cilium does
	onlyLeast               // the same, and nothing is open
)

// traceOrdered returns what policies of all kinds permit.
func traceOrdered(set *policyset.Set, policies []*networkingv1.NetworkPolicy, cluster []*clusterpolicy.Policy, cilium []*ciliumpolicy.Policy, facts *relation.Facts, podAddrs, blockAddrs relation.Addrs, as manner) (*Ordered, error) {
	sides, err := sidesOf(set, facts)
	if err != nil {
		return nil, err
	}
	r := &reduction{facts: facts, podAddrs: podAddrs, blockAddrs: blockAddrs, policies: policies, as: as, bounds: newBounds()}
	r.left = relation.Remaining{Sets: maxFree, Steps: relation.MaxSteps}
	r.names = r.namesOf(cilium, cluster)
	homes, err := homesOf(cluster, specsOf(cilium), sides, facts)
	if err != nil {
		return nil, err
	}
	o := &Ordered{facts: facts, layers: [2]map[string]*layers{{}, {}}, Names: r.names, reduction: r}
	o.Least, o.Most = relation.NewRelation(facts), relation.NewRelation(facts)
	o.LeastOrigins, o.MostOrigins = Origins{{}, {}}, Origins{{}, {}}
	o.Least.Classes, o.Most.Classes = map[string]relation.Selector{}, map[string]relation.Selector{}
	for _, h := range homes {
		if h.isClass {
			o.Least.Classes[h.name], o.Most.Classes[h.name] = h.at, h.at
		}
		for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
			s := sides[d][h.namespace]
			units := func(tier clusterpolicy.Tier) []unit { return r.units(h.policies, tier, d) }
			l := &layers{admin: units(clusterpolicy.Admin), baseline: units(clusterpolicy.Baseline), asCilium: as != byAPI}
			isolates := r.addSide(l, s)
			isolates = r.addCilium(l, isolates, h.cilium, d)
			if len(isolates)+len(l.accepted)+len(l.denied)+len(l.admin)+len(l.baseline) == 0 {
				continue
			}
			var ok bool
			if l.free, ok = (relation.Selector{}).SubtractAll(isolates, &r.left); !ok {
				return nil, &TooManyKinds{h.name}
			}
			o.layers[d][h.name] = l
			o.Least.RuleSets[d][h.name], o.LeastOrigins[d][h.name] = r.reduced(l, false)
			switch {
			case as == onlyLeast:
			case l.isOpen():
				o.open = true
				o.Most.RuleSets[d][h.name], o.MostOrigins[d][h.name] = r.reduced(l, true)
			default:
				o.Most.RuleSets[d][h.name], o.MostOrigins[d][h.name] = o.Least.RuleSets[d][h.name], o.LeastOrigins[d][h.name]
			}
			if r.spent() {
				return nil, r.tooManyParts(h.name, l)
			}
		}
	}
	return o, nil
}

// orderedHome is namespaces about whose pods the same policies decide.
type orderedHome struct {
	name      string
	isClass   bool
	at        relation.Selector
	namespace string // of the NetworkPolicies; "" if there are none
	policies  []*clusterpolicy.Policy
	cilium    []ciliumSpec
}

// subject is namespaces that a policy is about, of one kind or the other.
type subject struct {
	namespaces relation.Selector
	policy     *clusterpolicy.Policy
	cilium     ciliumSpec
}

// origin returns the policy of a subject, as that of a rule.
func (s subject) origin() Origin {
	if s.policy != nil {
		return Origin{Cluster: s.policy}
	}
	return s.cilium.origin(0, 0)
}

// take adds the policy of a subject to those of a home.
func (h orderedHome) take(s subject) orderedHome {
	if s.policy != nil {
		h.policies = append(slices.Clip(h.policies), s.policy)
	} else {
		h.cilium = append(slices.Clip(h.cilium), s.cilium)
	}
	return h
}

// subjects lists what policies of the whole cluster are about.
func subjects(cluster []*clusterpolicy.Policy, cilium []ciliumSpec) (out []subject) {
	for _, p := range cluster {
		out = append(out, subject{namespaces: p.Subject.Namespaces, policy: p})
	}
	for _, c := range cilium {
		out = append(out, subject{namespaces: c.spec().Subject.Namespaces, cilium: c})
	}
	return out
}

// homesOf lists the homes about which something decides. Namespaces that are not declared can have any
// labels, so the subjects of the policies divide them.
func homesOf(cluster []*clusterpolicy.Policy, cilium ciliumSpecs, sides [2]map[string]*side, facts *relation.Facts) ([]orderedHome, error) {
	names := map[string]bool{}
	for d := range sides {
		for name := range sides[d] {
			names[name] = true
		}
	}
	for name := range cilium.in {
		names[name] = true
	}
	var undeclared []string
	for name := range names {
		if facts.Labels(name) == nil {
			undeclared = append(undeclared, name)
		}
	}
	wide := subjects(cluster, cilium.wide)
	var out []orderedHome
	for _, name := range facts.Names() {
		h := orderedHome{name: name, at: relation.Labelled(relation.NameLabel, name), namespace: name}
		for _, list := range [][]subject{wide, subjects(nil, cilium.in[name])} {
			for _, s := range list {
				if s.namespaces.Matches(facts.Labels(name)) {
					h = h.take(s)
				}
			}
		}
		if names[name] || len(h.policies)+len(h.cilium) > 0 {
			out = append(out, h)
		}
	}
	slices.Sort(undeclared)
	for _, name := range undeclared {
		h := orderedHome{name: name, at: relation.Labelled(relation.NameLabel, name), namespace: name}
		classes, err := divided(h, slices.Concat(wide, subjects(nil, cilium.in[name])))
		if err != nil {
			return nil, err
		}
		if len(classes) == 1 { // its labels make no difference
			classes[0].name, classes[0].isClass = name, false
		}
		out = append(out, classes...)
	}
	rest := facts.Others().Intersect(relation.Select(relation.Requirement{Key: relation.NameLabel, Values: relation.NotIn(undeclared...)}))
	classes, err := divided(orderedHome{at: rest}, wide)
	if err != nil {
		return nil, err
	}
	for _, c := range classes {
		if len(c.policies)+len(c.cilium) > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}

// divided returns the classes into which the subjects of policies divide namespaces.
func divided(h orderedHome, policies []subject) ([]orderedHome, error) {
	h.isClass = true
	list := []orderedHome{h}
	for _, p := range policies {
		var next []orderedHome
		for _, c := range list {
			if both := c.at.Intersect(p.namespaces); !both.IsEmpty() {
				in := c.take(p)
				in.at = both
				next = append(next, in)
			}
			for _, rest := range c.at.Subtract(p.namespaces) {
				out := c
				out.at = rest
				next = append(next, out)
			}
		}
		if list = next; len(list) > maxClasses {
			return nil, &TooManyParts{Home: cmp.Or(h.namespace, relation.Class(h.at)), Limit: fmt.Sprintf("their subjects divide namespaces into more than %d classes", maxClasses), First: p.origin()}
		}
	}
	for i := range list {
		list[i].name = relation.Class(list[i].at)
	}
	return list, nil
}

// reduction turns layers into rules.
type reduction struct {
	facts      *relation.Facts
	podAddrs   relation.Addrs
	blockAddrs relation.Addrs                // those at which a block of a NetworkPolicy may match a pod
	policies   []*networkingv1.NetworkPolicy // for the origins; nil if nobody asks for them
	left       relation.Remaining
	names      *Names
	as         manner
	bounds
}

// addSide adds what NetworkPolicies permit, and returns the pods that they isolate.
func (r *reduction) addSide(l *layers, s *side) (isolates []relation.Selector) {
	if s == nil {
		return nil
	}
	ids := make([]relation.RuleIDs, len(s.accepted))
	for i, a := range s.accepted {
		ids[i] = a.RuleIDs
	}
	for i, rule := range r.facts.Rules(ids) {
		a := s.accepted[i]
		from := Origin{Rule: a.rule, Peer: a.peer}
		if r.policies != nil {
			from.Policy = r.policies[a.policy]
		}
		l.accepted = append(l.accepted, item{Rule: rule, Origin: from})
		if block, ok := rule.Peer.(relation.Addresses); ok && a.peer >= 0 && block.Addrs.Overlaps(r.blockAddrs) {
			rule.Peer = relation.EveryPeer[0]
			l.accepted = append(l.accepted, item{rule, from, true})
		}
	}
	return slices.Clip(s.isolates)
}

// units returns the rules of a tier in a direction, in the order in which they are asked.
func (r *reduction) units(policies []*clusterpolicy.Policy, tier clusterpolicy.Tier, d relation.Direction) []unit {
	var of []*clusterpolicy.Policy
	for _, p := range policies {
		if p.Tier == tier && len(p.Rules[d]) > 0 {
			of = append(of, p)
		}
	}
	slices.SortStableFunc(of, func(a, b *clusterpolicy.Policy) int { return cmp.Compare(a.Priority, b.Priority) })
	var out []unit
	for len(of) > 0 {
		n := 1
		for n < len(of) && of[n].Priority == of[0].Priority {
			n++
		}
		groups := make([][]unit, n)
		for i, p := range of[:n] {
			groups[i] = r.unitsOf(p, d)
		}
		for i, units := range groups {
			for _, later := range groups[i+1:] {
				r.tie(units, later)
			}
			out = append(out, units...)
		}
		of = of[n:]
	}
	return out
}

// unitsOf returns the rules of one policy.
func (r *reduction) unitsOf(p *clusterpolicy.Policy, d relation.Direction) []unit {
	var out []unit
	for i, rule := range p.Rules[d] {
		u := unit{Origin: Origin{Cluster: p, Rule: i}, action: rule.Action}
		var networks []relation.Addrs
		add := func(peer relation.Peer, sure bool) {
			u.boxes = append(u.boxes, box{relation.Rule{Own: p.Subject.Labels, Peer: peer, Ports: rule.Ports}, sure})
		}
		for _, peer := range rule.Peers {
			if peer.Unknown != "" {
				add(relation.AddrPeer(relation.EveryAddr), false)
				continue
			}
			of, isAddrs := peer.Of.(relation.Addresses)
			isNetwork := isAddrs && of.Hosts.IsAny()
			if isNetwork && !peer.Exact {
				of.Addrs = of.Addrs.Subtract(r.facts.Unmatched)
				peer.Of = of
			}
			add(peer.Of, isNetwork || !isAddrs || r.as == byAPI) // see proxiedBeside
			if isNetwork {
				networks = append(networks, of.Addrs)
			}
			if clusterpolicy.MayNamePods(peer.Of) {
				add(relation.EveryPeer[0], false)
			}
			if r.as != byAPI && matchesAll(peer) {
				for _, every := range relation.EveryPeer {
					add(every, true)
				}
			}
		}
		if all := relation.UnionAddrs(networks...); all.Overlaps(r.podAddrs) {
			add(relation.EveryPeer[0], relation.EveryAddr.Subset(all))
		}
		out = append(out, u)
		if r.as != byAPI && slices.ContainsFunc(rule.Peers, namesHosts) {
			out = append(out, proxiedBeside(u, p.Subject)...)
		}
	}
	return out
}

// namesHosts reports whether a peer selects DNS names.
func namesHosts(p clusterpolicy.Peer) bool {
	of, ok := p.Of.(relation.Addresses)
	return ok && !of.Hosts.IsAny()
}

// proxiedBeside returns what Cilium adds to a rule with DNS names: its proxy lets the pods resolve these names, and
// may let through others or not. That applies to the ports dns and dns-tcp of pods with one label, in every
// namespace (pkg/k8s/cluster_network_policy.go, ParseClusterNetworkPolicy). Whether it learns the addresses of
// the names depends on the resolvers that the pods have, and on rules that come before.
func proxiedBeside(u unit, subject relation.Pods) []unit {
	var ports []relation.Ports
	for _, name := range []string{"dns", "dns-tcp"} {
		for _, of := range []relation.Protocol{relation.TCP, relation.UDP, relation.SCTP} {
			ports = append(ports, relation.Named(relation.NamedPort{Name: name, Protocol: of}))
		}
	}
	boxes := []box{{relation.Rule{
		Own: subject.Labels, Peer: relation.PodPeer(relation.Selector{}, relation.Labelled("k8s-app", "kube-dns")), Ports: relation.UnionPorts(ports...),
	}, false}}
	return []unit{{u.Origin, clusterpolicy.Accept, boxes}, {u.Origin, clusterpolicy.Deny, boxes}}
}

// matchesAll reports whether a peer that selects namespaces matches everything in Cilium. Its selector holds
// for what has none of the labels that it names, and Cilium asks for no namespace beside it
// (pkg/k8s/cluster_network_policy.go, ParseClusterNetworkPolicy). So it also selects addresses, nodes and
// the identity that stands for all pods of the cluster (pkg/policy/aggregate.go), the excluded included.
func matchesAll(p clusterpolicy.Peer) bool {
	of, ok := p.Of.(relation.Pods)
	return ok && p.OfNamespaces && !of.Namespaces.IsAny() && of.Namespaces.Matches(nil)
}

// tie notes that either of two policies of one priority may come first: where both match a connection
// and the actions differ, the rules of the first may or may not decide. The second then decides.
func (r *reduction) tie(first, second []unit) {
	if !r.differ(first, second) {
		return
	}
	var before []relation.Rule // what earlier rules of the first policy match for sure
	for i := range first {
		u := &first[i]
		var boxes []box
		for _, b := range u.boxes {
			// If the first policy comes first, its own order still holds.
			for _, rule := range r.minusAll([]relation.Rule{b.Rule}, before) {
				sure := []relation.Rule{rule}
				for _, v := range second {
					for _, c := range v.boxes {
						for _, s := range sure {
							r.steps--
							if both, some := s.And(c.Rule, r.facts); some && b.sure {
								boxes = append(boxes, box{both, false})
							}
						}
						sure = r.minusAll(sure, []relation.Rule{c.Rule})
					}
				}
				if !b.sure {
					sure = []relation.Rule{rule}
				}
				for _, s := range sure {
					boxes = append(boxes, box{s, b.sure})
				}
			}
		}
		for _, b := range u.boxes {
			if b.sure {
				before = append(before, b.Rule)
			}
		}
		u.boxes = boxes
	}
}

// differ reports whether rules of two policies match some connection and have different actions.
func (r *reduction) differ(first, second []unit) bool {
	for _, u := range first {
		for _, v := range second {
			if u.action == v.action {
				continue
			}
			for _, b := range u.boxes {
				for _, c := range v.boxes {
					if r.steps--; r.spent() {
						return false
					}
					if _, some := b.And(c.Rule, r.facts); some {
						return true
					}
				}
			}
		}
	}
	return false
}

// minusAll returns what is left of rules without others.
func (r *reduction) minusAll(list, others []relation.Rule) []relation.Rule {
	for _, o := range others {
		var next []relation.Rule
		for _, l := range list {
			r.steps--
			rest, _ := l.Minus(o, r.facts)
			next = append(next, rest...)
		}
		if list = next; r.spent() || r.exceeds(list) {
			return nil
		}
	}
	return list
}

// reduced returns what layers permit, at least or at most.
func (r *reduction) reduced(l *layers, most bool) (*relation.RuleSet, []Origin) {
	var below []item
	for _, a := range l.accepted {
		if most || !a.open {
			below = append(below, a)
		}
	}
	if l.asCilium {
		below = append(below, r.fold(l.baseline, everything(l.free), most)...)
	} else {
		for _, i := range r.fold(l.baseline, everything([]relation.Selector{{}}), most) {
			for _, pods := range l.free {
				if free := i; free.Own.Overlaps(pods) {
					free.Own = free.Own.Intersect(pods)
					below = append(below, free)
				}
			}
		}
	}
	below = r.fold(l.denied, below, most)
	permitted := r.fold(l.admin, below, most)
	if len(l.admin)+len(l.denied)+len(l.baseline) > 0 { // else these are the rules as they are written
		for _, p := range permitted {
			r.keep(p.Rule)
		}
		if r.spent() {
			return nil, nil
		}
	}
	rules, origins := make([]relation.Rule, len(permitted)), make([]Origin, len(permitted))
	for i, p := range permitted {
		rules[i], origins[i] = p.Rule, p.Origin
	}
	return relation.NewRuleSet(r.facts, rules), origins
}

// everything returns all connections of some pods.
func everything(pods []relation.Selector) (out []item) {
	for _, own := range pods {
		for _, rule := range relation.Everything() {
			rule.Own = own
			out = append(out, item{Rule: rule})
		}
	}
	return out
}
