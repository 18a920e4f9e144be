package ciliumpolicy

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
)

// Problem is a reason for which the API server or Cilium refuses a policy.
type Problem struct{ Path, Message string }

// reader reads a policy.
type reader struct {
	namespace string // "" for the clusterwide kind
	problems  []Problem
	ignored   []IgnoredLabel
	beyond    []Beyond
	nodes     bool   // the spec is about nodes
	setting   string // without it, Cilium refuses the policy
}

func (r *reader) isBeyond(path, what string) { r.beyond = append(r.beyond, Beyond{path, what}) }

func (r *reader) wrong(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(format, args...)})
}

// Read returns what an object says, and why it is refused. A policy of the clusterwide kind has no
// namespace. If there are problems, the policy is not complete.
func Read(kind, namespace, name string, o *Object) (*Policy, []Problem) {
	r := &reader{namespace: namespace}
	p := &Policy{Kind: kind, Namespace: namespace, Name: name}
	within := true // the specs say which pods they are about at most
	add := func(s *SpecObject, at string) {
		before := len(r.beyond)
		spec, unread, open, none := r.spec(s, at)
		within = within && !open
		if none || s.NodeSelector != nil {
			r.beyond = r.beyond[:before] // which is about no pod
		}
		if none {
			return
		}
		if s.NodeSelector != nil {
			for d := range spec.Rules {
				p.Nodes[d] = p.Nodes[d] || len(spec.Rules[d]) > 0
			}
			return
		}
		p.Specs = append(p.Specs, spec)
		if p.Unread == "" {
			p.Unread = unread
		}
	}
	if o.Spec == nil && o.Specs == nil {
		r.wrong("spec", "spec or specs is missing")
	}
	if o.Spec != nil {
		add(o.Spec, "spec")
	}
	for i := range o.Specs {
		add(&o.Specs[i], fmt.Sprintf("specs[%d]", i))
	}
	p.Ignored, p.Beyond = r.ignored, r.beyond
	if r.setting != "" && p.Unread == "" {
		p.Unread = "nothing says whether Cilium has " + r.setting + "=true, without which it refuses the policy"
	}
	if p.Unread != "" && within {
		for _, s := range p.Specs {
			p.About = append(p.About, Within(s.Subject))
		}
	}
	return p, r.problems
}

// maxPorts is how many ports Cilium accepts in one list.
const maxPorts = 40

// Within returns pods that include others, by what is known of each pod: its labels that Cilium does not ignore, and the
// name of its namespace.
func Within(pods relation.Pods) relation.Pods {
	var out relation.Pods
	var labels, names []relation.Requirement
	for _, k := range pods.Labels.Keys() {
		if !Unidentified(k.Key) {
			labels = append(labels, k)
		}
	}
	for _, k := range pods.Namespaces.Keys() {
		if k.Key == relation.NameLabel {
			names = append(names, k)
		}
	}
	out.Labels, out.Namespaces = relation.Select(labels...), relation.Select(names...)
	return out
}

// spec reads what a policy says about some pods, and why it is not evaluated. open is set if it can be about others
// than these, and none if it is about no pod.
func (r *reader) spec(s *SpecObject, at string) (out Spec, unread string, open, none bool) {
	out.Path, r.nodes = at, s.NodeSelector != nil
	r.described(s, at)
	if len(s.Ingress)+len(s.IngressDeny)+len(s.Egress)+len(s.EgressDeny) == 0 {
		r.wrong(at, "there must be a rule in ingress, ingressDeny, egress or egressDeny")
	}
	switch {
	case s.EndpointSelector == nil && s.NodeSelector == nil:
		r.wrong(at+".endpointSelector", "endpointSelector is missing; all pods are endpointSelector: {}")
	case s.EndpointSelector != nil && s.NodeSelector != nil:
		r.wrong(at+".nodeSelector", "nodeSelector cannot stand beside endpointSelector")
	case s.NodeSelector != nil && r.namespace != "":
		r.wrong(at+".nodeSelector", "only a CiliumClusterwideNetworkPolicy has a nodeSelector")
	case s.NodeSelector != nil:
		r.others(s.NodeSelector, at+".nodeSelector")
	default:
		if out.Subject, unread, open, none = r.subject(s.EndpointSelector, at+".endpointSelector"); unread != "" {
			unread = "nothing says " + unread
		}
	}
	for i, rule := range s.Ingress {
		r.add(&out, relation.Ingress, false, i, r.from(rule.From, at, "ingress", i), rule.ToPorts, rule.ICMPs, rule.Authentication)
	}
	for i, rule := range s.IngressDeny {
		r.add(&out, relation.Ingress, true, i, r.from(rule.From, at, "ingressDeny", i), denied(rule.ToPorts), rule.ICMPs, nil)
	}
	for i, rule := range s.Egress {
		r.add(&out, relation.Egress, false, i, r.to(rule.To, rule.ToFQDNs, at, "egress", i), rule.ToPorts, rule.ICMPs, rule.Authentication)
	}
	for i, rule := range s.EgressDeny {
		r.add(&out, relation.Egress, true, i, r.denied(rule.To, at, i), denied(rule.ToPorts), rule.ICMPs, nil)
	}
	for d, enabled := range r.defaultDeny(s) {
		out.Isolates[d] = len(out.Rules[d]) > 0 && enabled
	}
	return out, unread, open, none
}

// defaultDeny returns whether rules of a direction isolate. It does nothing in a direction without rules
// (pkg/policy/utils/parserules.go: only entries of rules have it).
func (r *reader) defaultDeny(s *SpecObject) [2]bool {
	out := [2]bool{true, true}
	if e := s.EnableDefaultDeny; e != nil {
		if e.Ingress != nil {
			out[relation.Ingress] = *e.Ingress
		}
		if e.Egress != nil {
			out[relation.Egress] = *e.Egress
		}
	}
	return out
}

func denied(list []PortDenyRule) []PortRule {
	if list == nil {
		return nil
	}
	out := make([]PortRule, len(list))
	for i, p := range list {
		out[i].Ports = p.Ports
	}
	return out
}

// peers is the peers of a rule: of one field, since Cilium refuses several.
type peers struct {
	list []Peer
	none bool // there is a list of peers, and it is empty: the rule matches nothing
	any  bool // there is no list of peers: with ports, the rule matches all
}

// field is a list of peers.
type field struct {
	name string
	list []Peer
	set  bool // it is there, perhaps empty
	// empty is set if an empty list of the field selects nothing.
	empty bool
	size  int
}

func (r *reader) from(p From, at, in string, n int) peers {
	at = fmt.Sprintf("%s.%s[%d]", at, in, n)
	if len(p.FromRequires) > 0 {
		r.wrong(at+".fromRequires", "fromRequires is no longer supported")
	}
	return r.one(at, []field{
		r.selectors("fromEndpoints", p.FromEndpoints, at),
		r.cidrs("fromCIDR", p.FromCIDR, at),
		r.blocks("fromCIDRSet", p.FromCIDRSet, at),
		r.entities("fromEntities", p.FromEntities, at),
		unknown("fromNodes", r.ofNodes("fromNodes", p.FromNodes, at), at, true, SomeNodes, "which nodes fromNodes selects"),
		unknown("fromGroups", p.FromGroups, at, false, Outside, "which addresses fromGroups has"),
	})
}

func (r *reader) to(p To, hosts []HostName, at, in string, n int) peers {
	at = fmt.Sprintf("%s.%s[%d]", at, in, n)
	if len(p.ToRequires) > 0 {
		r.wrong(at+".toRequires", "toRequires is no longer supported")
	}
	services := unknown("toServices", p.ToServices, at, false, Everywhere, "what is behind the Services of toServices")
	if len(services.list) > 0 {
		services.list = append(services.list, Peer{Of: relation.PodPeer(relation.Selector{}, relation.Selector{}), Doubt: services.list[0].Doubt, At: services.list[0].At})
	}
	return r.one(at, []field{
		r.selectors("toEndpoints", p.ToEndpoints, at),
		r.cidrs("toCIDR", p.ToCIDR, at),
		r.blocks("toCIDRSet", p.ToCIDRSet, at),
		r.entities("toEntities", p.ToEntities, at),
		unknown("toNodes", r.ofNodes("toNodes", p.ToNodes, at), at, true, SomeNodes, "which nodes toNodes selects"),
		unknown("toGroups", p.ToGroups, at, false, Outside, "which addresses toGroups has"),
		services,
		r.hosts(hosts, at),
	})
}

// denied returns the peers of an egress rule that denies. Cilium resolves Services in rules that permit only, so of
// toServices none remains: with ports, the rule matches all (pkg/policy/k8s/service.go, processRule).
func (r *reader) denied(p To, at string, n int) peers {
	out := r.to(p, nil, at, "egressDeny", n)
	if len(p.ToServices) > 0 && !out.none {
		return peers{any: true}
	}
	return out
}

// one returns the peers of the only field that has any.
func (r *reader) one(at string, fields []field) peers {
	var out peers
	out.any = true
	first := ""
	for _, f := range fields {
		switch {
		case f.size == 0 && f.set && f.empty:
			out.none = true
		case f.size == 0:
		case first != "":
			r.wrong(at+"."+f.name, "%s cannot stand beside %s; write two rules", f.name, first)
		default:
			first, out.list, out.any = f.name, f.list, false
		}
	}
	return out
}

func (r *reader) selectors(name string, list []metav1.LabelSelector, at string) field {
	f := field{name: name, set: list != nil, empty: true, size: len(list)}
	for i := range list {
		f.list = append(f.list, r.endpoints(&list[i], fmt.Sprintf("%s.%s[%d]", at, name, i))...)
	}
	return f
}

func (r *reader) cidrs(name string, list []string, at string) field {
	f := field{name: name, set: list != nil, empty: true, size: len(list)}
	for i, text := range list {
		where := fmt.Sprintf("%s.%s[%d]", at, name, i)
		if block, ok := r.cidr(text, where); ok {
			f.list = append(f.list, Peer{Of: relation.AddrPeer(relation.Prefix(block)), At: where})
		}
	}
	return f
}

// cidr reads a block of addresses. A single address is none: the schema of the API asks for a CIDR.
func (r *reader) cidr(text, at string) (netip.Prefix, bool) {
	block, err := netip.ParsePrefix(text)
	if err != nil {
		r.wrong(at, "%q is not a CIDR, such as 203.0.113.0/24", text)
	}
	return block, err == nil
}

func (r *reader) blocks(name string, list []CIDRRule, at string) field {
	f := field{name: name, set: list != nil, empty: true, size: len(list)}
	for i, b := range list {
		where := fmt.Sprintf("%s.%s[%d]", at, name, i)
		given := 0
		for _, is := range []bool{b.CIDR != "", b.CIDRGroupRef != "", b.CIDRGroupSelector != nil} {
			if is {
				given++
			}
		}
		switch {
		case given != 1:
			r.wrong(where, "it must have exactly one of cidr, cidrGroupRef and cidrGroupSelector")
			continue
		case b.CIDR == "":
			r.group(b, where)
			f.list = append(f.list, Peer{Of: relation.AddrPeer(relation.EveryAddr), Part: Outside, Doubt: "which addresses the CiliumCIDRGroup has", At: where})
			continue
		}
		whole, ok := r.cidr(b.CIDR, where+".cidr")
		var except []relation.Addrs
		for j, text := range b.Except {
			x, valid := r.cidr(text, fmt.Sprintf("%s.except[%d]", where, j))
			if valid && ok && (whole.Bits() > x.Bits() || !whole.Contains(x.Addr())) {
				r.wrong(fmt.Sprintf("%s.except[%d]", where, j), "%s is not in %s", text, b.CIDR)
			}
			if ok = ok && valid; ok {
				except = append(except, relation.Prefix(x))
			}
		}
		if ok {
			f.list = append(f.list, Peer{Of: relation.AddrPeer(relation.Prefix(whole).Subtract(relation.UnionAddrs(except...))), At: where})
		}
	}
	return f
}

// entityNames are those that the schema of the API knows. Cilium's code has world-ipv4 and world-ipv6, too,
// but the API server refuses these.
var entityNames = []string{"all", "world", "cluster", "cluster-mesh", "host", "init", "ingress", "unmanaged", "remote-node", "health", "none", "kube-apiserver"}

// entities reads entities. Those that stand for what a relation has no element for match nothing of it:
// Cilium's own proxies and probes (ingress, health), pods that Cilium does not know yet (init, unmanaged).
func (r *reader) entities(name string, list []string, at string) field {
	f := field{name: name, set: list != nil, empty: true, size: len(list)}
	everyPod := relation.PodPeer(relation.Selector{}, relation.Selector{})
	for i, entity := range list {
		where := fmt.Sprintf("%s.%s[%d]", at, name, i)
		pods := Peer{Of: everyPod, At: where}
		addrs := func(part Part) Peer { return Peer{Of: relation.AddrPeer(relation.EveryAddr), Part: part, At: where} }
		switch entity {
		case "all":
			f.list = append(f.list, pods, addrs(Everywhere))
		case "world":
			f.list = append(f.list, addrs(Outside))
		case "cluster":
			f.list = append(f.list, pods, addrs(NodesAndAPIServer))
		case "cluster-mesh": // as cluster, and what is in other clusters
			f.list = append(f.list, pods, addrs(NodesAndAPIServer))
			outside := addrs(Outside)
			outside.Doubt = "which addresses other clusters of the mesh have"
			f.list = append(f.list, outside)
		case "host", "remote-node":
			part := SomeNodes
			if slices.Contains(list, "host") && slices.Contains(list, "remote-node") {
				part = Nodes
			}
			f.list = append(f.list, addrs(part))
		case "kube-apiserver":
			f.list = append(f.list, addrs(APIServer))
		default:
			if !slices.Contains(entityNames, entity) {
				r.wrong(where, "%q is not one of the entities %s", entity, strings.Join(entityNames, ", "))
			} else if what := ofCilium[entity]; what != "" {
				r.isBeyond(where, what)
			}
		}
	}
	return f
}

// unknown returns a field of peers of which nothing says what they are: some of the addresses of a part.
func unknown[T any](name string, list []T, at string, empty bool, part Part, doubt string) field {
	f := field{name: name, set: list != nil, empty: empty, size: len(list)}
	if len(list) > 0 {
		f.list = []Peer{{Of: relation.AddrPeer(relation.EveryAddr), Part: part, Doubt: doubt, At: at + "." + name}}
	}
	return f
}

// The forms of names that the schema of the API accepts.
var (
	hostName    = regexp.MustCompile(`^([-a-zA-Z0-9_]+[.]?)+$`)
	hostPattern = regexp.MustCompile(`^([-a-zA-Z0-9_*]+[.]?)+$`)
)

func (r *reader) hosts(list []HostName, at string) field {
	f := field{name: "toFQDNs", size: len(list)}
	for i, h := range list {
		where := fmt.Sprintf("%s.toFQDNs[%d]", at, i)
		if r.host(h, where) {
			f.list = append(f.list, Peer{Of: relation.HostPeer(h.Pattern()), At: where})
		}
	}
	return f
}

func (r *reader) host(h HostName, at string) bool {
	before := len(r.problems)
	switch {
	case (h.MatchName == "") == (h.MatchPattern == ""):
		r.wrong(at, "it must have exactly one of matchName and matchPattern")
	case len(h.MatchName) > 255 || len(h.MatchPattern) > 255:
		r.wrong(at, "it is longer than 255 characters")
	case h.MatchName != "" && !hostName.MatchString(h.MatchName):
		r.wrong(at+".matchName", "%q is not a host name; a name with * is a matchPattern", h.MatchName)
	case h.MatchPattern != "" && !hostPattern.MatchString(h.MatchPattern):
		r.wrong(at+".matchPattern", "%q is not a pattern of host names", h.MatchPattern)
	}
	return len(r.problems) == before
}

// add adds a rule to a spec.
func (r *reader) add(s *Spec, d relation.Direction, deny bool, index int, p peers, ports []PortRule, icmps []ICMPRule, auth *Authentication) {
	rule := Rule{Deny: deny, Index: index, Peers: p.list}
	at := fmt.Sprintf("%s.%s[%d]", s.Path, rule.Field(d), index)
	if len(icmps) > 0 && len(ports) > 0 {
		r.wrong(at+".icmps", "icmps cannot stand beside toPorts; write two rules")
	}
	if len(icmps) > 0 {
		r.isBeyond(at+".icmps", "ICMP")
		r.icmps(icmps, at+".icmps")
	}
	switch {
	case p.none:
		rule.Peers = nil
	case p.any && len(ports)+len(icmps) > 0: // pkg/policy/rule.go, mergeL4Filter: an empty list of peers is all, with ports
		rule.Peers = []Peer{
			{Of: relation.PodPeer(relation.Selector{}, relation.Selector{}), At: at},
			{Of: relation.AddrPeer(relation.EveryAddr), Part: Everywhere, At: at},
		}
	}
	if len(ports)+len(icmps) == 0 {
		rule.Ports = relation.EveryPort
	}
	for i, p := range ports {
		where := fmt.Sprintf("%s.toPorts[%d]", at, i)
		list, hasZero := r.ports(p.Ports, where+".ports")
		doubt := r.proxied(p, d, hasZero, where)
		if p.Rules != nil && !list.IsEmpty() {
			for _, h := range p.Rules.DNS {
				rule.Resolves = append(rule.Resolves, relation.Host(h.Pattern()))
			}
		}
		if doubt == "" {
			rule.Ports = rule.Ports.Union(list)
			continue
		}
		rule.Proxied, rule.Doubt = rule.Proxied.Union(list), doubt
	}
	if auth != nil {
		switch auth.Mode {
		case "disabled":
		case "required", "test-always-fail":
			rule.Proxied, rule.Ports, rule.Doubt = rule.Proxied.Union(rule.Ports), relation.Ports{}, "whether the ends authenticate"
			rule.Authenticated = true
		default:
			r.wrong(at+".authentication.mode", "%q is not one of disabled, required, test-always-fail", auth.Mode)
		}
	}
	s.Rules[d] = append(s.Rules[d], rule)
}

// proxied returns what decides about connections besides the rule, or "".
func (r *reader) proxied(p PortRule, d relation.Direction, hasZero bool, at string) string {
	var http, dns int
	if p.Rules != nil {
		http, dns = len(p.Rules.HTTP), len(p.Rules.DNS)
	}
	switch {
	case p.Rules != nil && (p.Rules.HTTP == nil) == (p.Rules.DNS == nil):
		r.wrong(at+".rules", "it must have exactly one of http and dns")
	case http+dns > 0 && d == relation.Ingress && r.nodes:
		r.wrong(at+".rules", "an ingress rule for nodes cannot have rules")
	case http > 0 && r.nodes:
		r.wrong(at+".rules.http", "a rule for nodes cannot have http")
	case dns > 0 && d == relation.Ingress:
		r.wrong(at+".rules.dns", "an ingress rule cannot have dns")
	case http+dns > 0 && hasZero:
		r.wrong(at+".rules", "rules cannot stand with port 0")
	case dns > 0 && len(p.Ports) == 0:
		r.wrong(at+".rules.dns", "dns needs a port, such as 53")
	case http+dns > 0 && p.Listener != nil:
		r.wrong(at+".listener", "listener cannot stand beside rules")
	case p.Listener != nil && d == relation.Ingress:
		r.wrong(at+".listener", "an ingress rule cannot have a listener")
	case len(p.ServerNames) > 0 && http+dns > 0 && p.TerminatingTLS == nil:
		r.wrong(at+".serverNames", "serverNames cannot stand beside rules without terminatingTLS")
	}
	r.layer7(p, at)
	for i, port := range p.Ports {
		if http > 0 && port.Protocol != "TCP" {
			r.wrong(fmt.Sprintf("%s.ports[%d].protocol", at, i), "http needs protocol TCP")
		}
		if dns > 0 && port.EndPort > 0 && !isPortName(port.Port) {
			if n, err := strconv.ParseUint(port.Port, 0, 16); err == nil && port.EndPort > int32(n) {
				r.wrong(fmt.Sprintf("%s.ports[%d].endPort", at, i), "dns cannot stand with a range of ports")
			}
		}
	}
	everyName := false
	if dns > 0 {
		for i, h := range p.Rules.DNS {
			r.host(h, fmt.Sprintf("%s.rules.dns[%d]", at, i))
			everyName = everyName || h.MatchPattern == "*"
		}
	}
	switch {
	case http > 0:
		return "what its rules for http permit"
	case dns > 0 && !everyName:
		return "which names its rules for dns let through"
	case len(p.ServerNames) > 0:
		return "which serverNames clients send"
	case p.TerminatingTLS != nil || p.OriginatingTLS != nil:
		return "what its TLS context lets through"
	case p.Listener != nil:
		return "what its listener lets through"
	}
	return ""
}

// portName matches what Cilium takes for the name of a port (pkg/iana, IsSvcName).
var portName = regexp.MustCompile(`^([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*$`)

func isPortName(name string) bool { return len(name) <= 15 && portName.MatchString(name) }

// protocolsOf is the protocols that a protocol of the API stands for. Those without ports are none that a
// relation has.
var protocolsOf = map[string][]relation.Protocol{
	"": {relation.TCP, relation.UDP, relation.SCTP}, "ANY": {relation.TCP, relation.UDP, relation.SCTP},
	"TCP": {relation.TCP}, "UDP": {relation.UDP}, "SCTP": {relation.SCTP},
	"VRRP": nil, "IGMP": nil, "GRE": nil, "IPIP": nil, "IPV6": nil, "ESP": nil, "AH": nil,
}

// ports reads a list of ports. An empty one has none (pkg/policy/rule.go, mergeL4Filter).
func (r *reader) ports(list []Port, at string) (out relation.Ports, hasZero bool) {
	if len(list) > maxPorts {
		r.wrong(at, "there are %d ports, and at most %d are possible", len(list), maxPorts)
	}
	for i, p := range list {
		where := fmt.Sprintf("%s[%d]", at, i)
		of, known := protocolsOf[p.Protocol]
		if !known {
			r.wrong(where+".protocol", "%q is not one of TCP, UDP, SCTP, ANY, VRRP, IGMP, GRE, IPIP, IPV6, ESP, AH", p.Protocol)
		}
		if known && len(of) == 0 {
			r.isBeyond(where, p.Protocol)
		}
		if p.EndPort < 0 || p.EndPort > relation.MaxPort {
			r.wrong(where+".endPort", "%d is not a port", p.EndPort)
			continue
		}
		if isPortName(p.Port) { // an endPort has no meaning then
			for _, of := range of {
				out = out.Union(relation.Named(relation.NamedPort{Name: strings.ToLower(p.Port), Protocol: of}))
			}
			continue
		}
		n, err := strconv.ParseUint(p.Port, 0, 16)
		switch {
		case p.Port == "" && len(of) > 0:
			r.wrong(where+".port", "port is missing; all ports are port: \"0\"")
			continue
		case p.Port == "":
			r.setting = "enable-extended-ip-protocols"
			continue
		case err != nil:
			r.wrong(where+".port", "%q is neither a port nor the name of one", p.Port)
			continue
		case p.Port != "0" && known && len(of) == 0:
			r.wrong(where+".port", "%s has no ports", p.Protocol)
		}
		low, high := int(n), max(int(n), int(p.EndPort))
		if n == 0 { // all of them, whatever endPort says
			low, high, hasZero = relation.MinPort, relation.MaxPort, true
		}
		for _, of := range of {
			out = out.Union(relation.RangeOf(relation.PortRange{Protocol: of, Low: low, High: high}))
		}
	}
	return out, hasZero
}
