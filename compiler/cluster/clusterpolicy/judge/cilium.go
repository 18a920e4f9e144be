package judge

import (
	"fmt"
	"slices"
	"strings"
)

// CiliumPolicy is a policy of Cilium.
type CiliumPolicy struct {
	name, namespace string // "" for the clusterwide kind
	subject         labelTerms
	rules           map[string][]ciliumRule // by direction
	defaultDeny     map[string]bool
}

type (
	ciliumRule struct {
		deny  bool
		field string // of the peers; "" if there is none
		// The peers of the field. An empty list is written as one.
		endpoints []labelTerms
		blocks    []ciliumBlock
		entities  []string
		names     []string
		ports     []ciliumPort
		hasPorts  bool // there is a list of ports
		http      bool // a proxy reads what is sent to the ports
		dns       bool // a proxy for DNS reads it, and lets all names through
	}
	ciliumBlock struct{ cidr, except string }
	ciliumPort  struct {
		port, protocol string
		end            int
	}
	// labelTerms is a label selector of Cilium.
	labelTerms []labelTerm
	labelTerm  struct {
		term
		of     string // "" for a label of pods, namespace, or label for one of namespaces
		source string
	}
)

func (m labelTerms) names(of string) bool {
	return slices.ContainsFunc(m, func(t labelTerm) bool { return t.of == of })
}

// has reports whether a pod meets all terms. In a policy of a namespace, a selector that does not speak of
// namespaces means that one.
func (m labelTerms) has(e End, namespace string) bool {
	if !e.IsPod() || namespace != "" && !m.names("namespace") && !m.names("label") && e.Namespace != namespace {
		return false
	}
	for _, t := range m {
		labels := map[string]map[string]string{"": e.Labels, "namespace": {t.key: e.Namespace}, "label": e.NamespaceLabels}[t.of]
		if !(match{t.term}).has(labels) {
			return false
		}
	}
	return true
}

func (r ciliumRule) matches(peer End, namespace string, reading Reading) bool {
	if r.field == "" {
		return r.hasPorts
	}
	if slices.ContainsFunc(r.endpoints, func(m labelTerms) bool { return m.has(peer, namespace) }) {
		return true
	}
	if peer.IsPod() {
		return slices.Contains(r.entities, "all") || slices.Contains(r.entities, "cluster")
	}
	for _, b := range r.blocks {
		if peer.in(b.cidr) && (b.except == "" || !peer.in(b.except)) {
			return true
		}
	}
	for _, e := range r.entities {
		switch e {
		case "all", "world":
			return true
		case "host", "remote-node": // nodes have private addresses, unless something states others
			if reading.Nodes && peer.Addr.IsPrivate() {
				return true
			}
		case "cluster", "kube-apiserver":
			if reading.Nodes {
				return true
			}
		}
	}
	return peer.Host != "" && slices.ContainsFunc(r.names, func(n string) bool { return named(n, peer.Host) })
}

// named reports whether a pattern of the form NAME, *.DOMAIN or **.DOMAIN matches a name.
func named(pattern, name string) bool {
	stars, domain, _ := strings.Cut(pattern, ".")
	switch first, rest, _ := strings.Cut(name, "."); stars {
	case "*":
		return first != "" && rest == domain
	case "**":
		return strings.HasSuffix(name, "."+domain)
	}
	return pattern == name
}

func (p ciliumPort) has(a Attempt, peer End, direction string) bool {
	if p.protocol != "" && p.protocol != "ANY" && p.protocol != a.Protocol {
		return false
	}
	if strings.ContainsAny(p.port, "abcdefghijklmnopqrstuvwxyz") {
		return (direction == "ingress" || peer.IsPod()) && slices.Contains(a.Names, p.port)
	}
	var low int
	fmt.Sscan(p.port, &low)
	return low == 0 || low == a.Number || low <= a.Number && a.Number <= p.end
}

// decideByCilium returns whether a side permits an attempt in a cluster that Cilium enforces.
func (s *Set) decideByCilium(a Attempt, direction string, r Reading) (permits bool, by string) {
	own, peer := a.Ends(direction)
	if action, by := s.tier("Admin", a, direction, r); action == "Accept" || action == "Deny" {
		return action == "Accept", by
	}
	isolated, permitted := s.plainly(a, direction, r)
	denied := ""
	for _, p := range s.Cilium {
		if !p.subject.has(own, "") || p.namespace != "" && own.Namespace != p.namespace {
			continue
		}
		written := map[bool]int{}
		for _, rule := range p.rules[direction] {
			name := fmt.Sprintf("%s %s%s[%d]", p.name, direction, map[bool]string{true: "Deny"}[rule.deny], written[rule.deny])
			written[rule.deny]++
			if deny, said := p.defaultDeny[direction]; deny || !said {
				isolated = true
			}
			onPort := !rule.hasPorts || slices.ContainsFunc(rule.ports, func(q ciliumPort) bool { return q.has(a, peer, direction) })
			if !onPort || !rule.matches(peer, p.namespace, r) {
				continue
			}
			if rule.deny || rule.http && !r.Blocks {
				denied = name
			}
			permitted = permitted || !rule.deny
		}
	}
	switch {
	case denied != "":
		return false, denied
	case permitted:
		return true, ""
	}
	if action, by := s.tier("Baseline", a, direction, r); action == "Accept" || action == "Deny" {
		return action == "Accept", by
	}
	return !isolated, ""
}

// AddCilium draws policies of Cilium. If they are to be open, some rules have peers or proxies of which
// nothing says what they match or let through.
func (d Draw) AddCilium(s *Set, open bool) {
	for i := range 1 + d.IntN(4) {
		p := CiliumPolicy{name: fmt.Sprint("c", i), namespace: d.one("a", "b", "c", ""), rules: map[string][]ciliumRule{}, defaultDeny: map[string]bool{}}
		p.subject = d.terms(p.namespace != "", true)
		rules := 0
		for _, direction := range []string{"ingress", "egress"} {
			for range d.IntN(4) {
				p.rules[direction] = append(p.rules[direction], d.ciliumRule(direction, open))
				rules++
			}
			if d.IntN(4) == 0 {
				p.defaultDeny[direction] = d.IntN(2) == 0
			}
		}
		if rules == 0 {
			p.rules["ingress"] = []ciliumRule{{}}
		}
		s.Cilium = append(s.Cilium, p)
	}
}

// ResolveNames adds a policy that lets all pods resolve names, so that Cilium learns their addresses. None of
// the pods of attempts is the resolver.
func (s *Set) ResolveNames() {
	resolver := labelTerms{{term{"k8s-app", "In", []string{"kube-dns"}}, "", ""}}
	rule := ciliumRule{field: "toEndpoints", endpoints: []labelTerms{resolver}, hasPorts: true, ports: []ciliumPort{{"53", "UDP", 0}}, dns: true}
	p := CiliumPolicy{name: "resolve", rules: map[string][]ciliumRule{"egress": {rule}}, defaultDeny: map[string]bool{"egress": false}}
	s.Cilium = append(s.Cilium, p)
}

// MayNotResolve reports whether some rule denies connections to pods. It may then deny those to the resolver, and
// Cilium learns no addresses of names. Judge takes all names as learned.
func (s *Set) MayNotResolve() bool {
	return slices.ContainsFunc(s.Cilium, func(p CiliumPolicy) bool {
		return slices.ContainsFunc(p.rules["egress"], func(r ciliumRule) bool {
			return r.deny && slices.Contains([]string{"", "toEndpoints", "toEntities"}, r.field)
		})
	})
}

func (d Draw) terms(local, subject bool) (out labelTerms) {
	source := func() string { return d.one("", "k8s:", "any:") }
	for _, t := range d.match("app", "tier") {
		out = append(out, labelTerm{t, "", source()})
	}
	if d.IntN(3) == 0 {
		for _, t := range d.match("env", "team") {
			out = append(out, labelTerm{t, "label", source()})
		}
	}
	if d.IntN(4) == 0 && !(local && subject) { // which would be no more than its own
		out = append(out, labelTerm{term{"namespace", d.one("In", "NotIn"), []string{d.one("a", "b", "c")}}, "namespace", source()})
	}
	return out
}

func (d Draw) ciliumRule(direction string, open bool) ciliumRule {
	r := ciliumRule{deny: d.IntN(4) == 0}
	prefix := map[string]string{"ingress": "from", "egress": "to"}[direction]
	kinds := []string{"", "Endpoints", "Endpoints", "Endpoints", "CIDR", "CIDRSet", "Entities"}
	if direction == "egress" && !r.deny {
		kinds = append(kinds, "FQDNs")
	}
	kind := d.one(kinds...)
	if kind != "" {
		r.field = prefix + kind
	}
	n := d.IntN(5) // sometimes none
	if kind == "FQDNs" {
		n = 1
	}
	for range min(n, 2) {
		switch kind {
		case "Endpoints":
			r.endpoints = append(r.endpoints, d.terms(false, false))
		case "CIDR":
			r.blocks = append(r.blocks, ciliumBlock{d.one("10.0.0.0/8", "0.0.0.0/0", "203.0.113.0/24", "::/0"), ""})
		case "CIDRSet":
			r.blocks = append(r.blocks, ciliumBlock{"0.0.0.0/0", d.one("203.0.113.0/24", "10.0.0.0/8", "")})
		case "Entities":
			e := []string{"all", "world", "health", "ingress", "none"}
			if open {
				e = append(e, "cluster", "host", "remote-node", "kube-apiserver")
			}
			r.entities = append(r.entities, d.one(e...))
		case "FQDNs":
			r.names = append(r.names, d.one("api.example.com", "*.example.com", "**.example.com"))
		}
	}
	if r.hasPorts = d.IntN(2) == 0; r.hasPorts {
		for range d.IntN(3) {
			p := ciliumPort{d.one("80", "81", "443", "0", "http", "admin"), d.one("TCP", "TCP", "UDP", "ANY", ""), 0}
			if d.IntN(4) == 0 && p.port[0] <= '9' {
				p.end = []int{70, 82, 443}[d.IntN(3)]
			}
			r.ports = append(r.ports, p)
		}
		if r.http = open && !r.deny && d.IntN(4) == 0; r.http {
			r.ports = []ciliumPort{{"80", "TCP", 0}}
		}
	}
	return r
}

func (p *CiliumPolicy) fields() fields {
	spec := fields{"endpointSelector": p.subject.fields()}
	for direction, list := range p.rules {
		for _, r := range list {
			field := direction
			if r.deny {
				field += "Deny"
			}
			rules, _ := spec[field].([]fields)
			spec[field] = append(rules, r.fields())
		}
	}
	if len(p.defaultDeny) > 0 {
		spec["enableDefaultDeny"] = p.defaultDeny
	}
	kind, meta := "CiliumNetworkPolicy", fields{"name": p.name, "namespace": p.namespace}
	if p.namespace == "" {
		kind, meta = "CiliumClusterwideNetworkPolicy", fields{"name": p.name}
	}
	return fields{"apiVersion": "cilium.io/v2", "kind": kind, "metadata": meta, "spec": spec}
}

func (r ciliumRule) fields() fields {
	out, list := fields{}, []any{}
	for _, e := range r.endpoints {
		list = append(list, e.fields())
	}
	for _, b := range r.blocks {
		switch {
		case strings.HasSuffix(r.field, "CIDR"):
			list = append(list, b.cidr)
		case b.except == "":
			list = append(list, fields{"cidr": b.cidr})
		default:
			list = append(list, fields{"cidr": b.cidr, "except": []string{b.except}})
		}
	}
	for _, e := range r.entities {
		list = append(list, e)
	}
	for _, n := range r.names {
		list = append(list, fields{map[bool]string{true: "matchPattern", false: "matchName"}[strings.Contains(n, "*")]: n})
	}
	if r.field != "" {
		out[r.field] = list
	}
	if r.hasPorts {
		ports := []fields{}
		for _, p := range r.ports {
			port := fields{"port": p.port}
			if p.protocol != "" {
				port["protocol"] = p.protocol
			}
			if p.end != 0 {
				port["endPort"] = p.end
			}
			ports = append(ports, port)
		}
		rule := fields{"ports": ports}
		if r.http {
			rule["rules"] = fields{"http": []fields{{"method": "GET"}}}
		}
		if r.dns {
			rule["rules"] = fields{"dns": []fields{{"matchPattern": "*"}}}
		}
		out["toPorts"] = []fields{rule}
	}
	return out
}

func (m labelTerms) fields() fields {
	list := []fields{}
	for _, t := range m {
		key := map[string]string{"": t.key, "namespace": "io.kubernetes.pod.namespace", "label": "io.cilium.k8s.namespace.labels." + t.key}[t.of]
		e := fields{"key": t.source + key, "operator": t.operator}
		if t.values != nil {
			e["values"] = t.values
		}
		list = append(list, e)
	}
	return fields{"matchExpressions": list}
}
