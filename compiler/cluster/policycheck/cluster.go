package policycheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// clusterPolicy is a policy of the whole cluster as it is written.
type clusterPolicy struct {
	inventory.ClusterPolicy
	document
	reported map[string]bool // paths of rules that have a diagnostic
}

// clusterRule is a rule of a policy of the whole cluster, and what it matches.
type clusterRule struct {
	clusterpolicy.Rule
	policy    *clusterPolicy
	direction relation.Direction
	index     int
	matches   []region
	perhaps   []region // whose addresses nothing states: nodes and names
	pods      []region // which it may match by their addresses
}

// mayMatch returns all that the rule can match.
func (r *clusterRule) mayMatch() []region { return slices.Concat(r.matches, r.perhaps, r.pods) }

func (r *clusterRule) path() string { return path("spec.%s[%d]", r.direction, r.index) }

func (r *clusterRule) String() string {
	return r.policy.Object.String() + " " + strings.TrimPrefix(r.path(), "spec.")
}

// does returns what the rule does with what it matches.
func (r *clusterRule) does() string {
	return map[clusterpolicy.Action]string{clusterpolicy.Accept: "accepts", clusterpolicy.Deny: "denies", clusterpolicy.Pass: "passes"}[r.Action]
}

// peer returns the path of a peer.
func (r *clusterRule) peer(i int) string {
	return path("%s.%s[%d]", r.path(), [2]string{relation.Ingress: "from", relation.Egress: "to"}[r.direction], i)
}

// isElder reports whether a policy is of the kinds that were before ClusterNetworkPolicy.
func (p *clusterPolicy) isElder() bool { return p.Kind() != "ClusterNetworkPolicy" }

// Kind returns the kind of the object.
func (p *clusterPolicy) Kind() string { return p.Object.Kind }

// region is connections of pods of some namespaces.
type region struct {
	in relation.Selector
	relation.Rule
}

// addClusterPolicies adds the policies of the whole cluster in the order in which they are asked.
func (c *check) addClusterPolicies() {
	var policies []*clusterPolicy
	for _, given := range c.inventory.ClusterPolicies {
		policies = append(policies, &clusterPolicy{given, document{given.Fields}, map[string]bool{}})
	}
	slices.SortStableFunc(policies, func(a, b *clusterPolicy) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Object.Name, b.Object.Name))
	})
	c.clusterPolicies = policies
	for _, p := range policies {
		for d := range p.Rules {
			for i := range p.Rules[d] {
				c.clusterRules[p.Tier][d] = append(c.clusterRules[p.Tier][d], c.clusterRule(p, relation.Direction(d), i))
			}
		}
	}
}

func (c *check) clusterRule(p *clusterPolicy, d relation.Direction, i int) *clusterRule {
	r := &clusterRule{Rule: p.Rules[d][i], policy: p, direction: d, index: i}
	of := func(peer relation.Peer) region {
		return region{p.Subject.Namespaces, relation.Rule{Own: p.Subject.Labels, Peer: peer, Ports: r.Ports}}
	}
	var networks []relation.Addrs
	for _, peer := range r.Peers {
		if peer.Unknown != "" {
			r.perhaps = append(r.perhaps, of(relation.AddrPeer(relation.EveryAddr)))
			continue
		}
		r.matches = append(r.matches, of(peer.Of))
		if a, ok := peer.Of.(relation.Addresses); ok && a.Hosts.IsAny() {
			networks = append(networks, a.Addrs)
		} else if ok {
			r.pods = append(r.pods, of(relation.EveryPeer[0])) // which a name can be of
		}
	}
	switch all := relation.UnionAddrs(networks...); {
	case c.byCilium: // which matches no pod by its address
	case relation.EveryAddr.Subset(all):
		r.matches = append(r.matches, of(relation.EveryPeer[0]))
	case all.Overlaps(relation.Private):
		r.pods = append(r.pods, of(relation.EveryPeer[0]))
	}
	return r
}

// maxOrdered is how many comparisons of ordered rules a check may take.
const maxOrdered = 10_000_000

// cluster checks the policies of the whole cluster. If their rules fall into too many parts to compare them all,
// that is noted, and the rest of the check is not less for it.
func (c *check) cluster() {
	if len(c.clusterPolicies) == 0 || c.work < 0 {
		return
	}
	others := max(c.work-maxOrdered, 0)
	c.work -= others
	c.ordered()
	if c.work < 0 {
		d := diag.New(diag.TooMuch, c.clusterPolicies[0].Object.Span, "comparing the rules of these policies takes more than %d comparisons: some are not checked", maxOrdered)
		d.Severity = diag.Note
		c.diags.Add(d.WithHelp("check the policies of each tier by themselves"))
		c.work = 0
	}
	c.work += others
}

func (c *check) ordered() {
	c.elders()
	for _, p := range c.clusterPolicies {
		if c.work < 0 {
			return
		}
		c.withoutRules(p)
		c.subject(p)
	}
	for tier := range c.clusterRules {
		for _, rules := range c.clusterRules[tier] {
			for i, r := range rules {
				if c.work < 0 {
					return
				}
				c.clusterPeers(r)
				c.clusterPorts(r)
				c.neverDecides(r, rules[:i])
				c.networks(r, rules[:i])
				c.families(r)
				c.cutsDNS(r, rules[:i])
				c.overrides(r, rules[:i])
				c.passes(r, i, rules)
			}
			c.ties(rules)
		}
	}
	c.baseline()
}

// elders reports policies of the elder kinds beside ClusterNetworkPolicies, which zt does not evaluate then,
// and those with a priority that OVN-Kubernetes does not apply.
func (c *check) elders() {
	for _, f := range c.inventory.Foreign {
		if f.Kind == "AdminNetworkPolicy" || f.Kind == "BaselineAdminNetworkPolicy" {
			c.cause("elders", place{span: f.Span}, "", func() diag.Diagnostic {
				d := diag.New(diag.EldersBesideNew, f.Span, "%s is beside ClusterNetworkPolicies, and no API says which comes first", f.Object)
				if len(c.clusterPolicies) > 0 {
					d = d.WithRelated(c.clusterPolicies[0].Object.Span, "%s", c.clusterPolicies[0].Object)
				}
				return d.WithHelp("write it as a ClusterNetworkPolicy with a tier and a priority; until then zt does not check it")
			})
		}
	}
	for _, p := range c.clusterPolicies {
		if p.Kind() == "AdminNetworkPolicy" && p.Priority > ovnPriority {
			at := place{span: p.At("spec.priority")}
			c.cause("priority", at, "", func() diag.Diagnostic {
				return diag.New(diag.PriorityNotApplied, at.span, "%s has the priority %d: OVN-Kubernetes applies none above %d", p.Object, p.Priority, ovnPriority).
					WithHelp("if the cluster has OVN-Kubernetes, write a priority from 0 to %d", ovnPriority)
			})
		}
	}
}

// ovnPriority is the last priority that OVN-Kubernetes applies.
const ovnPriority = 99

// withoutRules reports a policy that does nothing. As a NetworkPolicy, it would isolate the pods.
func (c *check) withoutRules(p *clusterPolicy) {
	if len(p.Rules[relation.Ingress])+len(p.Rules[relation.Egress]) > 0 {
		return
	}
	c.diags.Add(diag.New(diag.NoRules, p.Object.Span, "%s has no rule, so it does nothing", p.Object).
		WithHelp("unlike a NetworkPolicy it does not isolate the pods that it selects; to deny, add a rule with action: Deny"))
}

// subject reports a subject that selects no pod.
func (c *check) subject(p *clusterPolicy) {
	c.selected(p, diag.PolicySelectsNothing, "spec.subject", p.Subject, p.Object.String()+" selects no pod", true)
}

// clusterPeers reports peers that select no pod.
func (c *check) clusterPeers(r *clusterRule) {
	for i, peer := range r.Peers {
		if pods, ok := peer.Of.(relation.Pods); ok {
			c.selected(r.policy, diag.PeerSelectsNothing, r.peer(i), pods, r.String()+" has a peer that selects no pod", false)
		}
	}
}

// selected reports pods of some namespaces that no workload is one of. Policies of the whole cluster are
// about namespaces as well that manifests do not show; then a subject is noted, and a near miss.
func (c *check) selected(p *clusterPolicy, code diag.Code, at string, pods relation.Pods, what string, isSubject bool) {
	namespacesAt, podsAt := at+".namespaces", ""
	if is, _ := p.Has(at + ".pods"); is {
		namespacesAt, podsAt = at+".pods.namespaceSelector", at+".pods.podSelector"
	}
	if !c.hasNamespace(p.document, namespacesAt, pods.Namespaces) || pods.Labels.IsEmpty() || len(c.all.workloads) == 0 {
		return
	}
	in := c.namespacesOf(pods.Namespaces)
	var found []*inventory.Workload
	peopled := false
	for _, ns := range in.names {
		s := c.space(ns)
		found = append(found, c.find(s, pods.Labels)...)
		if c.hasService(s, pods.Labels) || c.mayBeUnread(ns, pods.Labels) {
			return
		}
		peopled = peopled || len(s.workloads) > 0
		c.work--
	}
	if len(found) > 0 {
		c.onHosts(p, code, at, found, what, in)
		return
	}
	if podsAt == "" || pods.Labels.IsAny() || !peopled {
		return
	}
	key := "cluster " + pods.Namespaces.String() + "/" + pods.Labels.String()
	for _, ns := range in.names {
		if n, ok := c.nearest(c.space(ns), pods.Labels); ok && n.label.key != "" {
			where := ns
			if in.open || in.maybe {
				where = "these manifests"
			}
			c.nearMiss(p.document, code, podsAt, key, n, pods.Labels, what, where)
			return
		}
	}
	if isSubject || !in.open && !in.maybe {
		c.cause(key, place{span: p.At(podsAt)}, "", func() diag.Diagnostic {
			return c.unknownPods(diag.New(code, p.At(podsAt), "%s: no workload of these manifests has %s", what, pods.Labels))
		})
	}
}

// onHosts reports pods that are all on the network of their node. No policy is about those.
func (c *check) onHosts(p *clusterPolicy, code diag.Code, at string, pods []*inventory.Workload, what string, in namespaces) {
	if in.open || in.maybe || slices.ContainsFunc(pods, func(w *inventory.Workload) bool { return !w.HostNetwork }) {
		return
	}
	w := first(pods)
	d := diag.New(code, p.At(at), "%s: %s is on the network of its node, and no policy is about those", what, w.Object)
	d.Severity = diag.Warning
	c.diags.Add(d.WithRelated(w.Span, "%s", w.Object).
		WithHelp("what connects from or to it has the node's address: on egress, a peer with nodes or networks matches that"))
}

// clusterPorts reports the ports of a rule on which none of the pods that receive the connections listens.
func (c *check) clusterPorts(r *clusterRule) {
	p := r.policy
	listed := r.path() + ".protocols"
	if p.isElder() {
		listed = r.path() + ".ports"
	}
	if set, isNull := p.Has(listed); set && isNull {
		d := diag.New(diag.EmptyField, p.At(r.path()), "%s has no value for %s, so it %s every port", r, strings.TrimPrefix(listed, r.path()+"."), r.does())
		d.Severity = diag.Warning
		c.diags.Add(d.WithHelp("write the ports; if every port is meant, leave out the field"))
	}
	if len(p.Ports[r.direction][r.index]) == 0 {
		return
	}
	peers := []relation.Peer{p.Subject}
	if r.direction == relation.Egress {
		peers = nil
		for _, peer := range r.Peers {
			if peer.Unknown != "" {
				return
			}
			peers = append(peers, peer.Of)
		}
	}
	l := c.listeningOf(c.podsAmong(peers))
	if l == nil || l.open {
		return
	}
	u := use{p.document, r.String() + " " + r.does(), func(q relation.PortRange) bool { return relation.RangeOf(q).Subset(r.Ports) }}
	var unused []int
	used := false
	for i, ports := range p.Ports[r.direction][r.index] {
		at := c.portAt(r, i)
		c.work -= 1 + len(l.declared)
		if names := ports.NamedPorts(); len(names) > 0 {
			used = true
			if !slices.ContainsFunc(l.declared, func(d inventory.Port) bool { return d.Name == names[0].Name }) {
				c.namedPort(u, at, names[0], l)
			}
			continue
		}
		q := ports.Ranges()[0]
		t, isService := l.services[q]
		switch {
		case l.has(q):
			used = true
		case isService:
			used = true
			c.servicePort(u, at, q.String(), t, l)
		case !isMesh(q) && r.Action == clusterpolicy.Accept: // it may well deny what nobody should open
			unused = append(unused, i)
		default:
			used = true
		}
	}
	for _, i := range unused {
		if !l.all {
			break
		}
		q := p.Ports[r.direction][r.index][i].Ranges()[0]
		d := diag.New(diag.PolicyUnusedPort, p.At(c.portAt(r, i)), "%s %s, and no container of %s declares that port", u.does, q, l.name()).
			WithRelated(first(l.workloads).Span, "%s", first(l.workloads).Object).
			WithHelp("the containers declare %s", l.text())
		if used {
			d.Severity = diag.Note
		}
		c.diags.Add(d)
	}
}

// portAt returns the path of a port of a rule.
func (c *check) portAt(r *clusterRule, i int) string {
	entry := path("%s.protocols[%d]", r.path(), i)
	fields := []string{"tcp.destinationPort.number", "udp.destinationPort.number", "sctp.destinationPort.number", "destinationNamedPort"}
	if r.policy.isElder() {
		entry, fields = path("%s.ports[%d]", r.path(), i), []string{"portNumber.port", "namedPort"}
	}
	for _, f := range fields {
		if set, _ := r.policy.Has(entry + "." + f); set {
			return entry + "." + f
		}
	}
	return entry
}

// passes notes a rule that passes what no later rule of its tier matches. It is known of a whole cluster only.
func (c *check) passes(r *clusterRule, i int, rules []*clusterRule) {
	if r.Action != clusterpolicy.Pass || !c.whole() || r.policy.reported[r.path()] {
		return
	}
	later := func(s *clusterRule) bool {
		return s.Action != clusterpolicy.Pass && c.overlap(r.mayMatch(), s.mayMatch())
	}
	if slices.ContainsFunc(rules[i+1:], later) || slices.ContainsFunc(rules[:i], func(s *clusterRule) bool {
		return s.policy != r.policy && s.policy.Priority == r.policy.Priority && later(s)
	}) {
		return
	}
	c.diags.Add(diag.New(diag.PassChangesNothing, r.policy.At(r.path()), "%s changes nothing: no later rule of the tier %s matches what it passes", r, r.policy.Tier).
		WithHelp("what no rule of a tier matches goes on to the next tier in any case; the rule can stay for rules to come"))
}

// overlap reports whether some connection is in two lists of regions, the second of the same pods.
func (c *check) overlap(a, b []region) bool {
	for _, x := range a {
		c.work--
		if len(b) == 0 || !x.Own.Overlaps(b[0].Own) || x.in.Intersect(b[0].in).IsEmpty() {
			continue
		}
		for _, y := range b {
			c.work--
			if _, some := c.both(x, y); some {
				return true
			}
		}
	}
	return false
}

// both returns what is in two regions.
func (c *check) both(x, y region) (region, bool) {
	in := x.in.Intersect(y.in)
	if !(relation.Pods{Namespaces: x.in}).Overlaps(relation.Pods{Namespaces: y.in}, c.facts) {
		return region{}, false
	}
	rule, some := x.Rule.And(y.Rule, c.facts)
	return region{in, rule}, some
}

// cost is how many comparisons a comparison with a region counts for: selectors of many keys take longer.
func (r region) cost() int {
	keys := len(r.in.Keys()) + len(r.Own.Keys())
	if pods, ok := r.Peer.(relation.Pods); ok {
		keys += len(pods.Namespaces.Keys()) + len(pods.Labels.Keys())
	}
	return 1 + 10*max(0, keys-4)
}

// minus returns what is left of regions without others, exactly, and false if that has too many parts.
func (c *check) minus(list, others []region) ([]region, bool) {
	for _, o := range others {
		var next []region
		for _, l := range list {
			c.work -= l.cost()
			if _, some := c.both(l, o); !some {
				next = append(next, l)
				continue
			}
			for _, in := range l.in.Subtract(o.in) {
				if (relation.Pods{Namespaces: in}).Overlaps(relation.EveryPeer[0], c.facts) {
					next = append(next, region{in, l.Rule})
				}
			}
			rest, _ := l.Rule.Minus(o.Rule, c.facts)
			for _, rule := range rest {
				next = append(next, region{l.in.Intersect(o.in), rule})
			}
		}
		if list = next; len(list) > maxRegions || c.work < 0 {
			return nil, false
		}
	}
	return list, true
}

// before lists those of the earlier rules of a tier that come before a rule for sure. Of two policies of one
// priority, either may come first.
func before(r *clusterRule, earlier []*clusterRule) (out []*clusterRule) {
	for _, e := range earlier {
		if e.policy == r.policy || e.policy.Priority < r.policy.Priority {
			out = append(out, e)
		}
	}
	return out
}

// sample writes a connection of a region for a message.
func (c *check) sample(x region, d relation.Direction) string {
	namespace := func(in relation.Selector) string {
		if labels, ok := c.labelsIn(in); ok {
			return labels[relation.NameLabel]
		}
		return "*"
	}
	pods := func(in, labels relation.Selector) string {
		return fmt.Sprintf("%s/{%s}", namespace(in), relation.LabelsText(labels.Sample()))
	}
	own, peer := pods(x.in, x.Own), ""
	switch p := x.Peer.(type) {
	case relation.Pods:
		peer = pods(p.Namespaces, p.Labels)
	case relation.Addresses:
		peer = p.Addrs.Sample().String()
	}
	from, to := own, peer
	if d == relation.Ingress {
		from, to = peer, own
	}
	return fmt.Sprintf("%s -> %s :%s", from, to, x.Ports.Sample())
}
