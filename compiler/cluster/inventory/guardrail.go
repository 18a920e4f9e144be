package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// The group of policies of the whole cluster, and its versions.
const (
	policyGroupName = "policy.networking.k8s.io"
	v1alpha1        = policyGroupName + "/v1alpha1"
	v1alpha2        = policyGroupName + "/v1alpha2"
	v1beta1         = policyGroupName + "/v1beta1"
)

// ClusterPolicy is a policy of the Network Policy API, valid and with its defaults.
type ClusterPolicy struct {
	Object
	*clusterpolicy.Policy
	APIVersion string
	// Content is equal for two objects if they are equal, apart from what a cluster adds.
	Content string
	// Ports are the ports of each rule, by its direction and position, as its list has them.
	Ports  [2][][]relation.Ports
	Fields Fields
}

// clusterNetworkPolicy is a ClusterNetworkPolicy of v1alpha2 or v1beta1: their schemas are the same.
type clusterNetworkPolicy struct {
	Spec *struct {
		Tier     string  `json:"tier"`
		Priority *int32  `json:"priority"`
		Subject  subject `json:"subject"`
		Ingress  []struct {
			Name      string        `json:"name"`
			Action    string        `json:"action"`
			From      []ingressPeer `json:"from"`
			Protocols *[]protocol   `json:"protocols"`
		} `json:"ingress"`
		Egress []struct {
			Name      string       `json:"name"`
			Action    string       `json:"action"`
			To        []egressPeer `json:"to"`
			Protocols *[]protocol  `json:"protocols"`
		} `json:"egress"`
	} `json:"spec"`
}

// adminNetworkPolicy is an AdminNetworkPolicy of v1alpha1.
type adminNetworkPolicy struct {
	Spec *struct {
		Priority *int32         `json:"priority"`
		Subject  subject        `json:"subject"`
		Ingress  []elderIngress `json:"ingress"`
		Egress   []elderEgress  `json:"egress"`
	} `json:"spec"`
}

// baselineAdminNetworkPolicy is a BaselineAdminNetworkPolicy of v1alpha1.
type baselineAdminNetworkPolicy struct {
	Spec *struct {
		Subject subject        `json:"subject"`
		Ingress []elderIngress `json:"ingress"`
		Egress  []struct {
			Name   string         `json:"name"`
			Action string         `json:"action"`
			To     []baselinePeer `json:"to"`
			Ports  *[]elderPort   `json:"ports"`
		} `json:"egress"`
	} `json:"spec"`
}

type (
	elderIngress struct {
		Name   string        `json:"name"`
		Action string        `json:"action"`
		From   []ingressPeer `json:"from"`
		Ports  *[]elderPort  `json:"ports"`
	}
	elderEgress struct {
		Name   string       `json:"name"`
		Action string       `json:"action"`
		To     []egressPeer `json:"to"`
		Ports  *[]elderPort `json:"ports"`
	}
	subject struct {
		Namespaces *metav1.LabelSelector `json:"namespaces"`
		Pods       *namespacedPod        `json:"pods"`
	}
	ingressPeer  subject
	baselinePeer struct {
		Namespaces *metav1.LabelSelector `json:"namespaces"`
		Pods       *namespacedPod        `json:"pods"`
		Nodes      *metav1.LabelSelector `json:"nodes"`
		Networks   []string              `json:"networks"`
	}
	egressPeer struct {
		Namespaces  *metav1.LabelSelector `json:"namespaces"`
		Pods        *namespacedPod        `json:"pods"`
		Nodes       *metav1.LabelSelector `json:"nodes"`
		Networks    []string              `json:"networks"`
		DomainNames []string              `json:"domainNames"`
	}
	namespacedPod struct {
		NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
		PodSelector       *metav1.LabelSelector `json:"podSelector"`
	}
	protocol struct {
		TCP                  *destination `json:"tcp"`
		UDP                  *destination `json:"udp"`
		SCTP                 *destination `json:"sctp"`
		DestinationNamedPort *string      `json:"destinationNamedPort"`
	}
	destination struct {
		DestinationPort *struct {
			Number *int32     `json:"number"`
			Range  *portRange `json:"range"`
		} `json:"destinationPort"`
	}
	portRange struct {
		Start *int32 `json:"start"`
		End   *int32 `json:"end"`
	}
	elderPort struct {
		PortNumber *struct {
			Protocol string `json:"protocol"`
			Port     *int32 `json:"port"`
		} `json:"portNumber"`
		NamedPort *string `json:"namedPort"`
		PortRange *struct {
			Protocol string `json:"protocol"`
			Start    *int32 `json:"start"`
			End      *int32 `json:"end"`
		} `json:"portRange"`
	}
)

// ruleForm is a rule of either direction and kind.
type ruleForm struct {
	name, action string
	peers        []egressPeer
	peersAt      string
	ports        func(at string) (all []relation.Ports, named bool) // nil: every port
}

// clusterForm reads a policy of the whole cluster.
type clusterForm struct {
	*form
	policy               *clusterpolicy.Policy
	ports                [2][][]relation.Ports
	mostRules, mostPeers int
	actions              []string // in the order of clusterpolicy.Action
	isElder              bool     // a kind of v1alpha1, whose validation in clusters depends on the API's release
}

// clusterNetworkPolicy adds a ClusterNetworkPolicy, if the API server would accept it.
func (f *form) clusterNetworkPolicy() {
	c := &clusterForm{form: f, policy: &clusterpolicy.Policy{}, mostRules: 25, mostPeers: 25, actions: []string{"Accept", "Deny", "Pass"}}
	var p clusterNetworkPolicy
	if !f.decode("", &p) || c.absent("spec", p.Spec == nil) {
		return
	}
	switch tier := slices.Index([]string{"Admin", "Baseline"}, p.Spec.Tier); tier {
	case -1:
		f.wrong("spec.tier", "spec.tier: %q is neither Admin nor Baseline", p.Spec.Tier)
	default:
		c.policy.Tier = clusterpolicy.Tier(tier)
	}
	c.priority(p.Spec.Priority)
	c.policy.Subject = c.selected(p.Spec.Subject, "spec.subject")
	var rules [2][]ruleForm
	for _, r := range p.Spec.Ingress {
		rules[relation.Ingress] = append(rules[relation.Ingress], ruleForm{r.Name, r.Action, fromIngress(r.From), "from", c.protocols(r.Protocols)})
	}
	for _, r := range p.Spec.Egress {
		rules[relation.Egress] = append(rules[relation.Egress], ruleForm{r.Name, r.Action, r.To, "to", c.protocols(r.Protocols)})
	}
	c.finish(rules)
}

// adminNetworkPolicy adds an AdminNetworkPolicy, if the API server would accept it.
func (f *form) adminNetworkPolicy() {
	c := &clusterForm{form: f, policy: &clusterpolicy.Policy{}, mostRules: 100, mostPeers: 100, actions: []string{"Allow", "Deny", "Pass"}, isElder: true}
	var p adminNetworkPolicy
	if !f.decode("", &p) || c.absent("spec", p.Spec == nil) {
		return
	}
	c.priority(p.Spec.Priority)
	c.policy.Subject = c.selected(p.Spec.Subject, "spec.subject")
	rules := [2][]ruleForm{relation.Ingress: c.elder(p.Spec.Ingress)}
	for _, r := range p.Spec.Egress {
		rules[relation.Egress] = append(rules[relation.Egress], ruleForm{r.Name, r.Action, r.To, "to", c.elderPorts(r.Ports)})
	}
	c.finish(rules)
}

// baselineAdminNetworkPolicy adds a BaselineAdminNetworkPolicy, if the API server would accept it.
func (f *form) baselineAdminNetworkPolicy() {
	c := &clusterForm{form: f, policy: &clusterpolicy.Policy{Tier: clusterpolicy.Baseline}, mostRules: 100, mostPeers: 100, actions: []string{"Allow", "Deny"}, isElder: true}
	var p baselineAdminNetworkPolicy
	if !f.decode("", &p) || c.absent("spec", p.Spec == nil) {
		return
	}
	if f.Name != "default" {
		f.wrong("metadata.name", "the only name that it can have is default")
	}
	c.policy.Subject = c.selected(p.Spec.Subject, "spec.subject")
	rules := [2][]ruleForm{relation.Ingress: c.elder(p.Spec.Ingress)}
	for _, r := range p.Spec.Egress {
		var peers []egressPeer
		for _, p := range r.To {
			peers = append(peers, egressPeer{Namespaces: p.Namespaces, Pods: p.Pods, Nodes: p.Nodes, Networks: p.Networks})
		}
		rules[relation.Egress] = append(rules[relation.Egress], ruleForm{r.Name, r.Action, peers, "to", c.elderPorts(r.Ports)})
	}
	c.finish(rules)
}

func fromIngress(list []ingressPeer) (out []egressPeer) {
	for _, p := range list {
		out = append(out, egressPeer{Namespaces: p.Namespaces, Pods: p.Pods})
	}
	return out
}

func (c *clusterForm) elder(list []elderIngress) (out []ruleForm) {
	for _, r := range list {
		out = append(out, ruleForm{r.Name, r.Action, fromIngress(r.From), "from", c.elderPorts(r.Ports)})
	}
	return out
}

// absent reports a field that must be there.
func (c *clusterForm) absent(path string, is bool) bool {
	if is {
		c.wrong(path, "%s is missing", path)
	}
	return is
}

func (c *clusterForm) priority(p *int32) {
	switch {
	case c.absent("spec.priority", p == nil):
	case *p < 0 || *p > 1000:
		c.wrong("spec.priority", "spec.priority: %d is not between 0 and 1000", *p)
	default:
		c.policy.Priority = int(*p)
	}
}

// finish reads the rules, and adds the policy.
func (c *clusterForm) finish(rules [2][]ruleForm) {
	for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
		path := "spec." + d.String()
		if len(rules[d]) > c.mostRules {
			c.wrong(path, "%s: there are %d rules, and at most %d are possible", path, len(rules[d]), c.mostRules)
		}
		for i, r := range rules[d] {
			rule, ports := c.rule(r, fmt.Sprintf("%s[%d]", path, i))
			c.policy.Rules[d] = append(c.policy.Rules[d], rule)
			c.ports[d] = append(c.ports[d], ports)
		}
	}
	if c.bad {
		return
	}
	key := c.Kind + " " + c.Name
	if first, ok := c.policies[key]; ok {
		c.diags.Add(diag.New(diag.RefusedObject, c.Span, "%s is defined twice, and only one of the two would be in force", c.Object).
			WithRelated(first, "the other one"))
		return
	}
	c.policies[key] = c.Span
	c.policy.Kind, c.policy.Name = c.Kind, c.Name
	c.inventory.ClusterPolicies = append(c.inventory.ClusterPolicies, ClusterPolicy{c.Object, c.policy, c.apiVersion, c.n.content(), c.ports, c.keptFields()})
	c.count(1)
	for _, list := range c.policy.Rules {
		for _, r := range list {
			c.count(len(r.Peers))
		}
	}
}

// rule returns a rule, and its ports one by one.
func (c *clusterForm) rule(r ruleForm, at string) (clusterpolicy.Rule, []relation.Ports) {
	action := slices.Index(c.actions, r.action)
	if action < 0 {
		c.wrong(at+".action", "%s.action: %q is not one of %s", at, r.action, strings.Join(c.actions, ", "))
	}
	if utf8.RuneCountInString(r.name) > 100 {
		c.wrong(at+".name", "%s.name is longer than 100 characters", at)
	}
	out := clusterpolicy.Rule{Action: clusterpolicy.Action(max(action, 0)), Ports: relation.EveryPort}
	if n := len(r.peers); n == 0 || n > c.mostPeers {
		c.wrong(at+"."+r.peersAt, "%s.%s: there must be 1 to %d peers", at, r.peersAt, c.mostPeers)
	}
	outside := false
	for i, p := range r.peers {
		at := fmt.Sprintf("%s.%s[%d]", at, r.peersAt, i)
		out.Peers = append(out.Peers, c.peers(p, at)...)
		outside = outside || p.Nodes != nil || p.Networks != nil || p.DomainNames != nil
		if p.DomainNames != nil && action > int(clusterpolicy.Accept) {
			// API servers do not check it. Plugins ignore such a rule, or the whole policy.
			c.bad = true
			c.problem(c.n, at+".domainNames", "%s: %s.domainNames: a rule with domain names must have the action %s, not %s", c.Object, at, c.actions[clusterpolicy.Accept], r.action)
		}
	}
	var each []relation.Ports
	if r.ports != nil {
		all, named := r.ports(at)
		each = all
		out.Ports = relation.UnionPorts(append(all, relation.Ports{})...)
		if named && outside {
			c.wrong(at, "%s: networks, nodes and domain names have no named ports", at)
		}
	}
	return out, each
}

// selected returns the pods that a subject selects.
func (c *clusterForm) selected(s subject, at string) relation.Pods {
	for _, p := range c.peers(egressPeer{Namespaces: s.Namespaces, Pods: s.Pods}, at) {
		if pods, ok := p.Of.(relation.Pods); ok {
			return pods
		}
	}
	return relation.Pods{}
}

// peers returns what one peer of an object selects. Each domain name is one of its own.
func (c *clusterForm) peers(p egressPeer, at string) []clusterpolicy.Peer {
	if p.DomainNames != nil {
		return c.domainNames(p, at)
	}
	return []clusterpolicy.Peer{c.peer(p, at)}
}

// single reports whether a peer has exactly one field.
func (c *clusterForm) single(p egressPeer, at string) bool {
	given := 0
	for _, is := range []bool{p.Namespaces != nil, p.Pods != nil, p.Nodes != nil, p.Networks != nil, p.DomainNames != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		c.wrong(at, "%s: it must have exactly one field, such as namespaces or pods", at)
	}
	return given == 1
}

func (c *clusterForm) peer(p egressPeer, at string) clusterpolicy.Peer {
	if !c.single(p, at) {
		return clusterpolicy.Peer{}
	}
	switch {
	case p.Namespaces != nil:
		return clusterpolicy.Peer{Of: relation.Pods{Namespaces: c.selector(p.Namespaces, at+".namespaces")}, OfNamespaces: true}
	case p.Pods != nil:
		if c.absent(at+".pods.podSelector", p.Pods.PodSelector == nil) {
			return clusterpolicy.Peer{}
		}
		return clusterpolicy.Peer{Of: relation.Pods{
			Namespaces: c.selector(cmp.Or(p.Pods.NamespaceSelector, &metav1.LabelSelector{}), at+".pods.namespaceSelector"),
			Labels:     c.selector(p.Pods.PodSelector, at+".pods.podSelector"),
		}}
	case p.Nodes != nil:
		c.selector(p.Nodes, at+".nodes")
		return clusterpolicy.Peer{Unknown: "nodes"}
	}
	what := "a CIDR without host bits"
	if c.isElder { // v0.1.7 and v0.2.0 of the API accept them, and every plugin ignores them
		what = "a CIDR"
	}
	c.many(p.Networks, at+".networks", func(cidr string) bool {
		block, err := netip.ParsePrefix(cidr)
		return err == nil && (c.isElder || block == block.Masked()) && !block.Addr().Is4In6()
	}, what)
	if c.bad {
		return clusterpolicy.Peer{}
	}
	var blocks []netip.Prefix
	for _, cidr := range p.Networks {
		blocks = append(blocks, netip.MustParsePrefix(cidr).Masked())
	}
	return clusterpolicy.Peer{Of: relation.AddrPeer(relation.PrefixesAddrs(blocks))}
}

// domainNames returns the peers that domain names select.
func (c *clusterForm) domainNames(p egressPeer, at string) (out []clusterpolicy.Peer) {
	if !c.single(p, at) {
		return nil
	}
	valid := clusterpolicy.IsDomainName
	if c.isElder {
		valid = clusterpolicy.IsElderDomainName
	}
	c.many(p.DomainNames, at+".domainNames", valid, "a domain name")
	for _, name := range p.DomainNames {
		out = append(out, clusterpolicy.Peer{Of: clusterpolicy.DomainName(name)})
	}
	return out
}

// many checks a list of 1 to 25 different texts.
func (c *clusterForm) many(list []string, at string, valid func(string) bool, what string) {
	if n := len(list); n == 0 || n > 25 {
		c.wrong(at, "%s: there must be 1 to 25", at)
	}
	for i, text := range list {
		if !valid(text) {
			c.wrong(fmt.Sprintf("%s[%d]", at, i), "%s[%d]: %q is not %s", at, i, text, what)
		}
		if slices.Index(list, text) < i {
			c.wrong(fmt.Sprintf("%s[%d]", at, i), "%s[%d]: %q is in the list twice", at, i, text)
		}
	}
}

// selector returns what a label selector matches. API servers do not check it in these objects, but no
// plugin can apply one that is not valid.
func (c *clusterForm) selector(s *metav1.LabelSelector, at string) relation.Selector {
	for _, e := range validateSelector(s, field.NewPath(at)) {
		c.bad = true
		c.problem(c.n, e.Field, "%s: %s", c.Object, strings.TrimSpace(e.Error()))
	}
	return clusterpolicy.Selector(s)
}

// protocols returns what reads the protocols of a ClusterNetworkPolicy's rule.
func (c *clusterForm) protocols(list *[]protocol) func(at string) ([]relation.Ports, bool) {
	if list == nil {
		return nil
	}
	return func(at string) (all []relation.Ports, named bool) {
		c.listed(len(*list), at+".protocols")
		for i, p := range *list {
			at := fmt.Sprintf("%s.protocols[%d]", at, i)
			given := 0
			for of, d := range []*destination{relation.TCP: p.TCP, relation.UDP: p.UDP, relation.SCTP: p.SCTP} {
				if d == nil {
					continue
				}
				given++
				of := relation.Protocol(of)
				switch at := at + "." + of.String(); {
				case d.DestinationPort == nil:
					c.wrong(at, "%s: destinationPort is missing; all ports are the range 1 to 65535", at)
				case (d.DestinationPort.Number == nil) == (d.DestinationPort.Range == nil):
					c.wrong(at+".destinationPort", "%s.destinationPort: it must have exactly one of number and range", at)
				case d.DestinationPort.Number != nil:
					all = append(all, c.interval(of, d.DestinationPort.Number, d.DestinationPort.Number, at+".destinationPort.number", 0))
				default:
					all = append(all, c.interval(of, d.DestinationPort.Range.Start, d.DestinationPort.Range.End, at+".destinationPort.range", 1))
				}
			}
			if p.DestinationNamedPort != nil {
				given++
				named = true
				all = append(all, c.namedPort(*p.DestinationNamedPort, at+".destinationNamedPort"))
			}
			if given != 1 {
				c.wrong(at, "%s: it must have exactly one of tcp, udp, sctp and destinationNamedPort", at)
			}
		}
		return all, named
	}
}

// elderPorts returns what reads the ports of an AdminNetworkPolicy's rule.
func (c *clusterForm) elderPorts(list *[]elderPort) func(at string) ([]relation.Ports, bool) {
	if list == nil {
		return nil
	}
	return func(at string) (all []relation.Ports, named bool) {
		c.listed(len(*list), at+".ports")
		for i, p := range *list {
			at := fmt.Sprintf("%s.ports[%d]", at, i)
			given := 0
			if p.PortNumber != nil {
				given++
				all = append(all, c.interval(c.protocol(p.PortNumber.Protocol, at+".portNumber"), p.PortNumber.Port, p.PortNumber.Port, at+".portNumber", 0))
			}
			if p.PortRange != nil {
				given++
				all = append(all, c.interval(c.protocol(p.PortRange.Protocol, at+".portRange"), p.PortRange.Start, p.PortRange.End, at+".portRange", 0))
			}
			if p.NamedPort != nil {
				given++
				named = true
				all = append(all, c.namedPort(*p.NamedPort, at+".namedPort"))
			}
			if given != 1 {
				c.wrong(at, "%s: it must have exactly one of portNumber, namedPort and portRange", at)
			}
		}
		return all, named
	}
}

// listed checks the number of protocols or ports of a rule.
func (c *clusterForm) listed(n int, at string) {
	if n == 0 || n > c.mostPeers {
		c.wrong(at, "%s: there must be 1 to %d", at, c.mostPeers)
	}
}

// protocol returns a protocol, TCP if none is written.
func (c *clusterForm) protocol(name, at string) relation.Protocol {
	of, ok := relation.ParseProtocol(cmp.Or(name, "TCP"))
	if !ok || name != strings.ToUpper(name) {
		c.wrong(at+".protocol", "%s.protocol: %q is not one of TCP, UDP, SCTP", at, name)
	}
	return of
}

// interval returns the ports from start to end, which must be more by some number.
func (c *clusterForm) interval(of relation.Protocol, start, end *int32, at string, more int32) relation.Ports {
	switch {
	case start == nil && end == nil:
		c.absent(at, true)
		return relation.Ports{}
	case c.absent(at+".start", start == nil), c.absent(at+".end", end == nil):
		return relation.Ports{}
	}
	for _, n := range []int32{*start, *end} {
		if n < relation.MinPort || n > relation.MaxPort {
			c.wrong(at, "%s: %d is not a port", at, n)
			return relation.Ports{}
		}
	}
	if *start+more > *end {
		c.wrong(at, "%s: start must be less than end", at)
		return relation.Ports{}
	}
	return relation.RangeOf(relation.PortRange{Protocol: of, Low: int(*start), High: int(*end)})
}

// namedPort returns the port that containers give a name, of any protocol.
func (c *clusterForm) namedPort(name, at string) relation.Ports {
	if name == "" {
		c.wrong(at, "%s is empty", at)
	}
	var all []relation.Ports
	for _, of := range []relation.Protocol{relation.TCP, relation.UDP, relation.SCTP} {
		all = append(all, relation.Named(relation.NamedPort{Name: name, Protocol: of}))
	}
	return relation.UnionPorts(all...)
}

// elders moves AdminNetworkPolicies that are beside ClusterNetworkPolicies to what is not evaluated: no
// API says which of the two come first.
func (r *reader) elders() {
	list := r.inventory.ClusterPolicies
	isNew := func(p ClusterPolicy) bool { return p.APIVersion != v1alpha1 }
	if !slices.ContainsFunc(list, isNew) {
		return
	}
	for _, p := range list {
		if !isNew(p) {
			r.inventory.Foreign = append(r.inventory.Foreign, Foreign{Object: p.Object, APIVersion: p.APIVersion, Content: p.Content,
				Reason: "no API says whether it comes before or after ClusterNetworkPolicies"})
		}
	}
	r.inventory.ClusterPolicies = slices.DeleteFunc(list, func(p ClusterPolicy) bool { return !isNew(p) })
}
