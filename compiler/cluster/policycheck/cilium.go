package policycheck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// ciliumRule is a rule of a policy of Cilium.
type ciliumRule struct {
	policy    inventory.CiliumPolicy
	spec      ciliumpolicy.Spec
	rule      ciliumpolicy.Rule
	direction relation.Direction
}

func (r *ciliumRule) path() string {
	return fmt.Sprintf("%s.%s[%d]", r.spec.Path, r.rule.Field(r.direction), r.rule.Index)
}

func (r *ciliumRule) String() string {
	return r.policy.Object.String() + " " + strings.TrimPrefix(r.path(), "spec.")
}

// ciliumRules is all rules of policies of Cilium, and those of some kinds by their subjects.
type ciliumRules struct {
	list                        []*ciliumRule
	denying, permitting, others [2]bySubject // by direction; others is the NetworkPolicies that isolate
	resolving                   bySubject
}

// cilium checks policies of Cilium. What they permit and deny depends on all of them.
func (c *check) cilium() {
	var rules ciliumRules
	for _, p := range c.inventory.CiliumPolicies {
		for _, s := range p.Specs {
			c.ciliumSubject(p, s)
			c.subjectSources(p, s)
			c.unusedFields(p, s)
			for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
				for _, r := range s.Rules[d] {
					rules.add(&ciliumRule{p, s, r, d})
				}
			}
		}
		c.emptyDirections(p)
	}
	if len(rules.list) == 0 {
		return
	}
	for i, p := range c.policies {
		for d, isolates := range p.isolates {
			if isolates {
				rules.others[d].add(p.Object.Namespace, p.own, i)
			}
		}
	}
	for _, r := range rules.list {
		if c.work < 0 {
			return
		}
		c.ciliumPeers(r)
		c.permitsNothing(r)
		c.clusterNames(r)
		c.toServices(r)
		c.addresses(r)
		c.peerSources(r)
		c.ciliumPorts(r)
	}
	c.denials(&rules)
	c.hostNames(&rules)
}

func (l *ciliumRules) add(r *ciliumRule) {
	namespace, pods, position := r.policy.Object.Namespace, r.spec.Subject.Labels, len(l.list)
	l.list = append(l.list, r)
	switch {
	case r.rule.Deny:
		l.denying[r.direction].add(namespace, pods, position)
	case len(r.rule.Peers) > 0:
		l.permitting[r.direction].add(namespace, pods, position)
	}
	if r.direction == relation.Egress && !r.rule.Deny && len(r.rule.Resolves) > 0 {
		l.resolving.add(namespace, pods, position)
	}
}

// hostNames reports names that Cilium never learns: its proxy sees the addresses of those only that a rule
// for DNS lets through.
func (c *check) hostNames(rules *ciliumRules) {
	for _, r := range rules.list {
		for _, peer := range r.rule.Peers {
			of, ok := peer.Of.(relation.Addresses)
			if !ok || of.Hosts.IsAny() {
				continue
			}
			resolvers := rules.resolving.overlapping(r.policy.Object.Namespace, r.spec.Subject.Labels)
			c.work -= len(resolvers)
			if slices.ContainsFunc(resolvers, func(i int) bool {
				s := rules.list[i]
				return s.spec.Subject.Overlaps(r.spec.Subject, c.facts) && slices.ContainsFunc(s.rule.Resolves, of.Hosts.Overlaps)
			}) {
				continue
			}
			c.diags.Add(diag.New(diag.CiliumUnknownName, r.policy.At(peer.At), "%s permits nothing by the name %s: no rule for DNS lets it through", r, of.Hosts).
				WithHelp("permit DNS with a rule: toPorts: [{ports: [{port: \"53\", protocol: ANY}], rules: {dns: [{matchPattern: \"*\"}]}}]"))
		}
	}
}

// written returns the spec of a rule as it is written.
func (r *ciliumRule) written() *ciliumpolicy.SpecObject { return specOf(r.policy, r.spec) }

// ciliumSubject reports a policy that selects no workload.
func (c *check) ciliumSubject(p inventory.CiliumPolicy, s ciliumpolicy.Spec) {
	pods := s.Subject.Labels
	at := p.At(s.Path + ".endpointSelector")
	if pods.IsAny() || len(c.all.workloads) == 0 {
		return
	}
	c.selectsSome(p.Object.Namespace, pods, func(message string, d diag.Diagnostic) {
		d.Code, d.Span, d.Message = diag.PolicySelectsNothing, at, fmt.Sprintf("%s selects no pod: %s", p.Object, message)
		c.diags.Add(d)
	}, "a policy selects only in its own namespace")
}

// ciliumPeers reports peers that select no workload.
func (c *check) ciliumPeers(r *ciliumRule) {
	for _, peer := range r.rule.Peers {
		pods, ok := peer.Of.(relation.Pods)
		if !ok || peer.Doubt != "" || pods.Labels.IsAny() {
			continue
		}
		own := ""
		switch names := pods.Namespaces.Keys(); {
		case len(names) == 0:
		case len(names) == 1 && r.policy.Object.Namespace != "" && names[0].Key == relation.NameLabel && !names[0].Values.Others && slices.Equal(names[0].Values.Names, []string{r.policy.Object.Namespace}):
			own = r.policy.Object.Namespace
		default:
			continue // of namespaces that the manifests may not show
		}
		if c.resolvers(r, peer.At, pods, own) || len(c.all.workloads) == 0 {
			continue
		}
		c.selectsSome(own, pods.Labels, func(message string, d diag.Diagnostic) {
			d.Code, d.Span, d.Message = diag.PeerSelectsNothing, r.policy.At(peer.At), fmt.Sprintf("%s has a peer that selects no pod: %s", r, message)
			c.diags.Add(d)
		}, "a selector without a namespace means the policy's own; add k8s:io.kubernetes.pod.namespace to it")
	}
}

// selectsSome reports a selector that matches no workload of a namespace, or of any.
func (c *check) selectsSome(namespace string, pods relation.Selector, report func(string, diag.Diagnostic), own string) {
	s, where := c.all, "these manifests"
	if namespace != "" {
		s, where = c.space(namespace), namespace
	}
	if pods.IsEmpty() || len(c.find(s, pods)) > 0 || c.hasService(s, pods) {
		return
	}
	message := fmt.Sprintf("no workload of %s has %s", where, pods)
	if elsewhere := c.find(c.all, pods); len(elsewhere) > 0 {
		w := first(elsewhere)
		d := diag.Diagnostic{Severity: diag.Warning}
		report(message+", but "+w.Object.String()+" has", d.WithRelated(w.Span, "%s", w.Object).WithHelp("%s", own))
		return
	}
	if n, near := c.nearest(s, pods); near && n.label.key != "" {
		d := diag.Diagnostic{Severity: diag.Error}
		report(message, d.WithRelated(n.object.Span, "%s has %s", n.object, LabelsText(n.labels)).
			WithHelp("the pods of %s carry %s=%s", n.object, n.label.key, n.label.value))
		return
	}
	if len(s.workloads) > 0 {
		report(message, c.unknownPods(diag.Diagnostic{}))
	}
}

// emptyDirections reports an empty list of rules. It does nothing, and a policyTypes with the direction would
// isolate the pods of a NetworkPolicy.
func (c *check) emptyDirections(p inventory.CiliumPolicy) {
	check := func(at string, s *ciliumpolicy.SpecObject) {
		for _, f := range []struct {
			name  string
			empty bool
		}{
			{"ingress", s.Ingress != nil && len(s.Ingress)+len(s.IngressDeny) == 0},
			{"egress", s.Egress != nil && len(s.Egress)+len(s.EgressDeny) == 0},
		} {
			if f.empty {
				c.diags.Add(diag.New(diag.CiliumEmptyList, p.At(at+"."+f.name), "%s: an empty list of %s rules isolates no pod", p.Object, f.name).
					WithHelp("to deny all %s, write %s: [{}]; if nothing is meant, leave out the field", f.name, f.name))
			}
		}
	}
	if p.Written.Spec != nil {
		check("spec", p.Written.Spec)
	}
	for i := range p.Written.Specs {
		check(fmt.Sprintf("specs[%d]", i), &p.Written.Specs[i])
	}
}

// permitsNothing reports a rule that matches nothing. Alone in its direction, an empty one is how people write
// that all is denied.
func (c *check) permitsNothing(r *ciliumRule) {
	if r.direction == relation.Egress && r.rule.Deny && len(r.written().EgressDeny[r.rule.Index].ToServices) > 0 {
		return // which is reported with its cause
	}
	if len(r.rule.Peers) > 0 && !relation.UnionPorts(r.rule.Ports, r.rule.Proxied).IsEmpty() || r.matchesOthers() {
		return
	}
	if len(r.spec.Rules[r.direction]) == 1 && !r.rule.Deny && isDenial(r.policy) {
		return
	}
	d := diag.New(diag.CiliumEmptyRule, r.policy.At(r.path()), "%s matches nothing: it has no peer and no port, or an empty list of them", r)
	if len(r.spec.Rules[r.direction]) == 1 && !r.rule.Deny {
		d.Severity = diag.Note
		d.Message = fmt.Sprintf("%s permits nothing: it only isolates the pods", r)
	}
	peers := map[relation.Direction]string{relation.Ingress: "fromEntities: [all]", relation.Egress: "toEntities: [all]"}[r.direction]
	c.diags.Add(d.WithHelp("in a NetworkPolicy an empty rule permits all; here, all is %s", peers))
}

// denial matches names of policies that deny all.
var denial = regexp.MustCompile(`(?i)(^|[-._])(deny|denied|denies|isolate[ds]?|isolation|lock-?down|block)([-._]|$)`)

// isDenial reports whether an empty rule is meant as one that isolates the pods: by the policy's name, or since zt
// has written it.
func isDenial(p inventory.CiliumPolicy) bool {
	return p.Labels["app.kubernetes.io/managed-by"] == "zt" || denial.MatchString(p.Object.Name)
}

// matchesOthers reports whether a rule is about what no question is about: ICMP, protocols without ports, or
// peers such as Cilium's own proxies and probes.
func (r *ciliumRule) matchesOthers() bool {
	s, i := r.written(), r.rule.Index
	portless := func(list []ciliumpolicy.PortRule) bool {
		return slices.ContainsFunc(list, func(p ciliumpolicy.PortRule) bool { return len(p.Ports) > 0 })
	}
	from := func(of ciliumpolicy.From) bool { return len(of.FromEndpoints)+len(of.FromEntities) > 0 }
	to := func(of ciliumpolicy.To) bool { return len(of.ToEndpoints)+len(of.ToEntities) > 0 }
	isOthers := func(named bool, icmps []ciliumpolicy.ICMPRule, ports []ciliumpolicy.PortRule) bool {
		return len(icmps) > 0 || len(r.rule.Peers) > 0 && portless(ports) || named && len(r.rule.Peers) == 0
	}
	switch {
	case r.direction == relation.Ingress && !r.rule.Deny:
		return isOthers(from(s.Ingress[i].From), s.Ingress[i].ICMPs, s.Ingress[i].ToPorts)
	case r.direction == relation.Ingress:
		return isOthers(from(s.IngressDeny[i].From), s.IngressDeny[i].ICMPs, nil)
	case !r.rule.Deny:
		return isOthers(to(s.Egress[i].To), s.Egress[i].ICMPs, s.Egress[i].ToPorts)
	}
	return isOthers(to(s.EgressDeny[i].To), s.EgressDeny[i].ICMPs, nil)
}

// denials reports rules that permit what others deny altogether, and rules that deny and isolate pods to
// which nothing is permitted.
func (c *check) denials(rules *ciliumRules) {
	for _, r := range rules.list {
		if c.work < 0 {
			return
		}
		if r.rule.Deny {
			c.isolatesByDenying(r, rules)
			continue
		}
		if len(r.rule.Peers) > 0 && !r.rule.Ports.IsEmpty() && r.rule.Proxied.IsEmpty() {
			c.denied(r, rules)
		}
	}
}

// denied reports a rule of which other rules deny all that it permits.
func (c *check) denied(r *ciliumRule, rules *ciliumRules) {
	var left []relation.Rule
	for _, m := range evaluate.CiliumMatches(r.rule, c.facts) {
		m.Own = r.spec.Subject.Labels
		left = append(left, m)
	}
	if len(left) == 0 {
		return
	}
	var by *ciliumRule
	for _, i := range rules.denying[r.direction].overlapping(r.policy.Object.Namespace, r.spec.Subject.Labels) {
		deny := rules.list[i]
		if c.work--; !deny.covers(r) {
			continue
		}
		for _, m := range evaluate.CiliumMatches(deny.rule, c.facts) {
			m.Own = deny.spec.Subject.Labels
			var next []relation.Rule
			for _, l := range left {
				c.work--
				rest, some := l.Minus(m, c.facts)
				if next = append(next, rest...); some && by == nil {
					by = deny
				}
			}
			if left = next; len(left) > maxRegions || c.work < 0 {
				c.giveUp(r.String(), r.policy.At(r.path()))
				return
			}
		}
	}
	if len(left) == 0 && by != nil {
		c.diags.Add(diag.New(diag.CiliumDenied, r.policy.At(r.path()), "%s permits nothing: all of it is denied", r).
			WithRelated(by.policy.At(by.path()), "by %s", by).
			WithHelp("a rule that denies wins over every rule that permits, whatever their policies; narrow it, or leave out this rule"))
	}
}

// covers reports whether the pods of a rule's namespaces include all namespaces of another's.
func (r *ciliumRule) covers(s *ciliumRule) bool {
	return s.spec.Subject.Namespaces.Implies(r.spec.Subject.Namespaces)
}

// isolatesByDenying reports a rule that denies, and so isolates pods to which no policy permits anything.
func (c *check) isolatesByDenying(r *ciliumRule, rules *ciliumRules) {
	if r.rule.Index > 0 || !r.spec.Isolates[r.direction] {
		return
	}
	isAbout := func(s relation.Pods) bool { return s.Overlaps(r.spec.Subject, c.facts) }
	permits := slices.ContainsFunc(rules.permitting[r.direction].overlapping(r.policy.Object.Namespace, r.spec.Subject.Labels), func(i int) bool {
		c.work--
		return isAbout(rules.list[i].spec.Subject)
	})
	permits = permits || slices.ContainsFunc(rules.others[r.direction].overlapping(r.policy.Object.Namespace, r.spec.Subject.Labels), func(i int) bool {
		c.work--
		in := relation.Labelled(relation.NameLabel, c.policies[i].Object.Namespace)
		return isAbout(relation.Pods{Namespaces: in, Labels: c.policies[i].own})
	})
	if permits {
		return
	}
	c.diags.Add(diag.New(diag.CiliumDenyIsolates, r.policy.At(r.path()), "%s isolates the pods as well, and no policy permits them any %s", r, r.direction).
		WithHelp("to deny only this, write enableDefaultDeny: {%s: false}", r.direction))
}
