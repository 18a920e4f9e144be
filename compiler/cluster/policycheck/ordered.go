package policycheck

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// neverDecides reports a rule of which earlier rules of its tier match everything. If these do the same, it is
// only a note.
func (c *check) neverDecides(r *clusterRule, earlier []*clusterRule) {
	if r.policy.reported[r.path()] || c.byCilium && c.matchesMore(r) {
		return
	}
	left := slices.Concat(r.matches, r.perhaps) // what matches its networks matches the pods at them as well
	left = slices.DeleteFunc(left, func(x region) bool { return x.Own.IsEmpty() || x.Peer.Empty(c.facts) || x.Ports.IsEmpty() })
	if len(left) == 0 || !c.matchOne(left[0], before(r, earlier)) {
		return
	}
	var by *clusterRule
	same := true
	for _, e := range before(r, earlier) {
		if !c.overlap(left, e.matches) {
			continue
		}
		if by == nil || e.Action != r.Action && by.Action == r.Action {
			by = e
		}
		same = same && e.Action == r.Action
		var ok bool
		if left, ok = c.minus(left, e.matches); !ok {
			c.giveUp(r.String(), r.policy.At(r.path()))
			return
		}
	}
	if by == nil || len(left) > 0 {
		return
	}
	r.policy.reported[r.path()] = true
	d := diag.New(diag.NeverDecides, r.policy.At(r.path()), "%s never decides: an earlier rule matches all that it matches", r)
	if same {
		d.Severity = diag.Note
		d.Message += ", and does the same"
	}
	d = d.WithRelated(by.policy.At(by.path()), "%s %s it", by, by.does())
	if by.policy == r.policy {
		d = d.WithHelp("the first rule that matches decides: move this one before %s, or remove it", path("%s[%d]", by.direction, by.index))
	} else {
		d = d.WithHelp("the lowest priority comes first: write one below %d, or remove the rule", by.policy.Priority)
	}
	c.diags.Add(d)
}

// matchOne reports whether some rule matches one connection of a region. If none does, which is soon known, the
// rules do not match all of it together.
func (c *check) matchOne(x region, rules []*clusterRule) bool {
	in, ok := c.labelsIn(x.in)
	if !ok {
		return true
	}
	own, peer, ports := x.Own.Sample(), relation.Party{}, x.Ports
	switch p := x.Peer.(type) {
	case relation.Pods:
		if peer.NamespaceLabels, ok = c.labelsIn(p.Namespaces); !ok {
			return true
		}
		peer.Namespace, peer.Labels = peer.NamespaceLabels[relation.NameLabel], p.Labels.Sample()
	case relation.Addresses:
		if !p.Hosts.IsAny() {
			return true
		}
		peer.Addr = p.Addrs.Sample()
	}
	if ranges := ports.Ranges(); len(ranges) > 0 {
		ports = relation.RangeOf(single(ranges[0].Protocol, ranges[0].Low))
	}
	for _, e := range rules {
		c.work--
		if subject := e.policy.Subject; !subject.Namespaces.Matches(in) || !subject.Labels.Matches(own) || !e.Ports.MayOverlap(ports) {
			continue
		}
		c.work -= len(e.matches) / 4
		if slices.ContainsFunc(e.matches, func(y region) bool { return y.Peer.Has(peer) }) {
			return true
		}
	}
	return false
}

// labelsIn returns the labels of a namespace that a selector matches, if there can be one.
func (c *check) labelsIn(in relation.Selector) (map[string]string, bool) {
	if names := c.namespacesOf(in).names; len(names) > 0 && c.facts.Labels(names[0]) != nil {
		return c.facts.Labels(names[0]), true
	}
	return c.facts.Undeclared(in)
}

// matchesMore reports whether Cilium lets a rule match more than the API says: peers whose selector holds for
// what has no labels at all.
func (c *check) matchesMore(r *clusterRule) bool {
	return slices.ContainsFunc(r.Peers, func(p clusterpolicy.Peer) bool {
		pods, ok := p.Of.(relation.Pods)
		return ok && p.OfNamespaces && !pods.Namespaces.IsAny() && pods.Namespaces.Matches(nil)
	})
}

// ties reports two policies of one priority that match the same connections and disagree.
func (c *check) ties(rules []*clusterRule) {
	told := map[[2]*clusterPolicy]bool{}
	for i, r := range rules {
		for _, s := range rules[:i] {
			pair := [2]*clusterPolicy{s.policy, r.policy}
			if s.policy == r.policy || s.policy.Priority != r.policy.Priority || s.Action == r.Action || told[pair] {
				continue
			}
			if c.work < 0 {
				return
			}
			both, some := c.disputed(s, r, rules[:i])
			if !some {
				continue
			}
			told[pair] = true
			c.diags.Add(diag.New(diag.PriorityTie, r.policy.At("spec.priority"), "%s and %s have the priority %d and disagree: %s", s.policy.Object, r.policy.Object, r.policy.Priority, c.sample(both, r.direction)).
				WithRelated(s.policy.At(s.path()), "%s %s it", s, s.does()).
				WithRelated(r.policy.At(r.path()), "%s %s it", r, r.does()).
				WithHelp("the API leaves open which comes first; give the one that should decide a lower priority"))
		}
	}
}

// disputed returns what two rules match and no rule before either does.
func (c *check) disputed(s, r *clusterRule, earlier []*clusterRule) (region, bool) {
	var both []region
	for _, x := range s.mayMatch() {
		for _, y := range r.mayMatch() {
			c.work--
			if z, some := c.both(x, y); some {
				both = append(both, z)
			}
		}
	}
	for _, list := range [][]*clusterRule{before(s, earlier), before(r, earlier)} {
		for _, e := range list {
			if e == s || len(both) == 0 || e.policy == s.policy && e.index >= s.index {
				continue
			}
			var ok bool
			if both, ok = c.minus(both, e.matches); !ok {
				c.giveUp(r.String(), r.policy.At(r.path()))
				return region{}, false
			}
		}
	}
	if len(both) == 0 {
		return region{}, false
	}
	return both[0], true
}

// overrides reports a rule of the tier Admin that accepts what NetworkPolicies deny. That can be meant so, and
// is a warning only if the rule accepts everything.
func (c *check) overrides(r *clusterRule, earlier []*clusterRule) {
	if r.Action != clusterpolicy.Accept || r.policy.Tier != clusterpolicy.Admin || r.policy.reported[r.path()] || c.byCilium {
		return
	}
	if slices.ContainsFunc(r.Peers, isNames) {
		return // no NetworkPolicy could permit names, and no rule could pass them
	}
	for _, p := range c.policies {
		c.work--
		if !p.isolates[r.direction] || !c.mayBeIn(p.Object.Namespace, r.policy.Subject.Namespaces) || !p.own.Overlaps(r.policy.Subject.Labels) {
			continue
		}
		if !c.opens(r, p, before(r, earlier)) {
			continue
		}
		d := diag.New(diag.OverridesPolicies, r.policy.At(r.path()), "%s accepts connections that %s does not permit", r, p.Object).
			WithRelated(p.Object.Span, "%s isolates the pods", p.Object).
			WithHelp("the tier Admin comes before NetworkPolicies; to let them decide, write action: Pass")
		if !c.acceptsAll(r) {
			d.Severity = diag.Note
		}
		c.diags.Add(d)
		return
	}
}

// isNames reports whether a peer is a domain name.
func isNames(p clusterpolicy.Peer) bool {
	of, ok := p.Of.(relation.Addresses)
	return ok && !of.Hosts.IsAny()
}

// mayBeIn reports whether a selector matches a namespace, as far as its labels are known.
func (c *check) mayBeIn(namespace string, in relation.Selector) bool {
	if labels := c.facts.Labels(namespace); labels != nil {
		return in.Matches(labels)
	}
	return in.Matches(map[string]string{relation.NameLabel: namespace})
}

// opens reports whether a rule accepts connections of pods that a NetworkPolicy isolates, and no NetworkPolicy
// permits.
func (c *check) opens(r *clusterRule, p *policy, earlier []*clusterRule) bool {
	in := relation.Labelled(relation.NameLabel, p.Object.Namespace)
	var left []region
	for _, x := range r.matches {
		if x.Own.Overlaps(p.own) {
			x.in, x.Own = in, x.Own.Intersect(p.own)
			left = append(left, x)
		}
	}
	var ok bool
	for _, e := range earlier {
		if left, ok = c.minus(left, e.matches); !ok {
			c.giveUp(r.String(), r.policy.At(r.path()))
			return false
		}
	}
	for _, q := range c.policies {
		if q.Object.Namespace != p.Object.Namespace || len(left) == 0 {
			continue
		}
		for _, part := range q.parts[r.direction] {
			permits := part.Permits
			permits.Own = q.own
			if left, ok = c.minus(left, []region{{in, permits}}); !ok {
				c.giveUp(r.String(), r.policy.At(r.path()))
				return false
			}
		}
	}
	return len(left) > 0
}

// acceptsAll reports whether a rule accepts every port of all pods or addresses.
func (c *check) acceptsAll(r *clusterRule) bool {
	return r.Ports.IsEvery() && slices.ContainsFunc(r.matches, func(x region) bool {
		return slices.ContainsFunc(relation.EveryPeer, func(every relation.Peer) bool { return every.Inside(x.Peer, c.facts) })
	})
}

// baseline reports rules of the tier Baseline that are about pods of which NetworkPolicies decide.
func (c *check) baseline() {
	if c.byCilium { // which asks the tier about what NetworkPolicies do not permit
		return
	}
	for _, p := range c.clusterPolicies {
		for d := range p.Rules {
			if p.Tier == clusterpolicy.Baseline && len(p.Rules[d]) > 0 && c.isolated(p.Subject, relation.Direction(d)) {
				c.withoutEffect(p, relation.Direction(d))
			}
		}
	}
}

// withoutEffect reports the rules of a direction. Those that deny are what is left of the protection if a
// NetworkPolicy goes; those that accept are most likely meant for what no NetworkPolicy permits.
func (c *check) withoutEffect(p *clusterPolicy, d relation.Direction) {
	at := "spec." + d.String()
	out := diag.New(diag.BaselineUnused, p.At(at), "%s %s has no effect: NetworkPolicies isolate all pods that it selects", p.Object, d)
	out.Severity = diag.Note
	for i, r := range p.Rules[d] {
		if r.Action == clusterpolicy.Accept {
			out = diag.New(diag.BaselineUnused, p.At(path("%s[%d]", at, i)), "%s %s[%d] accepts nothing: NetworkPolicies isolate all pods that it selects, and decide", p.Object, d, i)
			break
		}
	}
	c.diags.Add(out.WithHelp("the tier Baseline decides only about pods that no NetworkPolicy isolates; to decide before them, use the tier Admin"))
}

// isolated reports whether NetworkPolicies isolate all pods of namespaces, which are all known.
func (c *check) isolated(pods relation.Pods, d relation.Direction) bool {
	in := c.namespacesOf(pods.Namespaces)
	names, known := in.names, !in.open && !in.maybe
	if by := pods.Namespaces.Get(relation.NameLabel); len(pods.Namespaces.Keys()) == 1 && !by.Others { // by their names
		names, known = by.Names, true
	}
	if !known || len(names) == 0 {
		return false
	}
	for _, ns := range names {
		rest, ok := pods.Labels.SubtractAll(c.isolating(ns, d), &relation.Remaining{Sets: maxRegions, Steps: relation.MaxSteps})
		if !ok || len(rest) > 0 {
			return false
		}
	}
	return true
}

// isolating lists the pods of a namespace that NetworkPolicies isolate.
func (c *check) isolating(namespace string, d relation.Direction) (out []relation.Selector) {
	for _, p := range c.policies {
		c.work--
		if p.Object.Namespace == namespace && p.isolates[d] {
			out = append(out, p.own)
		}
	}
	return out
}

// everyAddr is all addresses of a family.
var everyAddr = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// allAddrs returns the peer of a rule that is all addresses of a family, or -1.
func allAddrs(r *clusterRule) int {
	return slices.IndexFunc(r.Peers, func(p clusterpolicy.Peer) bool {
		a, ok := p.Of.(relation.Addresses)
		return ok && a.Hosts.IsAny() && slices.ContainsFunc(everyAddr, func(all netip.Prefix) bool { return relation.Prefix(all).Subset(a.Addrs) })
	})
}

// networks reports networks that match pods as well, where no rule before them is about pods: most likely only
// addresses outside the cluster are meant.
func (c *check) networks(r *clusterRule, earlier []*clusterRule) {
	if r.Action == clusterpolicy.Pass || r.direction != relation.Egress || c.byCilium {
		return
	}
	i, what := allAddrs(r), "every pod"
	if i < 0 {
		i, what = c.podNetwork(r)
	}
	if i < 0 || slices.ContainsFunc(r.Peers, func(p clusterpolicy.Peer) bool { _, ok := p.Of.(relation.Pods); return ok }) {
		return
	}
	pods := []region{{r.policy.Subject.Namespaces, relation.Rule{Own: r.policy.Subject.Labels, Peer: relation.EveryPeer[0], Ports: r.Ports}}}
	if r.policy.Tier == clusterpolicy.Baseline {
		earlier = slices.Concat(c.clusterRules[clusterpolicy.Admin][r.direction], earlier)
	}
	if slices.ContainsFunc(earlier, func(e *clusterRule) bool { return c.overlap(pods, e.mayMatch()) }) {
		return
	}
	r.policy.reported[r.path()] = true
	action := "Pass"
	if r.policy.Kind() == "BaselineAdminNetworkPolicy" { // which has none
		action = "Allow"
	}
	rule := "{action: " + action + ", to: [{namespaces: {}}]}"
	at := r.policy.At(r.peer(i) + ".networks")
	d := diag.New(diag.NetworksMatchPods, at, "%s %s connections to %s as well: networks match pods by their addresses", r, r.does(), what).
		WithHelp("if only addresses outside the cluster are meant, add a rule before it: %s", rule)
	if edit := r.policy.prepended("spec.egress", rule); edit != nil {
		d.Fixes = []diag.Fix{{Message: "leave out pods", Edits: []diag.Edit{*edit}}}
	}
	c.diags.Add(d)
}

// podNetwork returns a peer of a rule that is networks of pods, as far as manifests have Nodes.
func (c *check) podNetwork(r *clusterRule) (int, string) {
	if e := c.inventory.Evidence; e != nil {
		for i, p := range r.Peers {
			if a, ok := p.Of.(relation.Addresses); ok && a.Hosts.IsAny() {
				c.work -= len(e.Pods)
				if pods := covers(a.Addrs, e.Pods); pods.IsValid() {
					return i, "pods (" + pods.String() + ")"
				}
			}
		}
	}
	return -1, ""
}

// families reports a rule that denies all addresses of one family, in a cluster that has both.
func (c *check) families(r *clusterRule) {
	i := allAddrs(r)
	if i < 0 || r.Action != clusterpolicy.Deny {
		return
	}
	var all []relation.Addrs
	for _, s := range r.policy.Rules[r.direction] {
		for _, p := range s.Peers {
			if a, ok := p.Of.(relation.Addresses); ok && a.Hosts.IsAny() && s.Action == clusterpolicy.Deny {
				all = append(all, a.Addrs)
			}
		}
	}
	for family, every := range everyAddr {
		if relation.UnionAddrs(all...).Overlaps(relation.Prefix(every)) {
			continue
		}
		if known := c.addressOf(family == 1); known.IsValid() {
			at := r.policy.At(r.peer(i) + ".networks")
			c.diags.Add(diag.New(diag.OneAddressFamily, at, "%s denies no address of IPv%s, and the cluster has some (%s)", r, [2]string{"4", "6"}[family], known).
				WithHelp("add %s to the networks", every))
		}
	}
}

// addressOf returns an address of a family that the manifests show, if there is one.
func (c *check) addressOf(isIPv6 bool) netip.Prefix {
	all := c.inventory.Nodes
	if e := c.inventory.Evidence; e != nil {
		all = slices.Concat(all, e.Pods)
	}
	for _, p := range all {
		if p.Addr().Is6() == isIPv6 {
			return p
		}
	}
	return netip.Prefix{}
}
