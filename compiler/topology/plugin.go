package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// Question is something about network policies that the Kubernetes API leaves open.
type Question int

// The questions.
const (
	BlocksMatchPods  Question = iota // does an address block match pods with these addresses?
	BlocksMatchNodes                 // does an address block match nodes with these addresses?
	PassesSCTP                       // does SCTP traffic pass?
	// OmittedTypes: do rules of a direction count, and isolate, if policyTypes omits the direction?
	OmittedTypes
	PortRanges          // does a range of ports, with endPort, match?
	NamedPorts          // does the name of a port match the ports of containers?
	IPv6Blocks          // does a block of IPv6 addresses match?
	SelectsHostNetwork  // does a pod selector of a peer match pods on the network of their node?
	BlocksMatchServices // does an address block match a Service's own address?
	// BaselineDecides: does a rule of the tier Baseline decide about pods that a NetworkPolicy isolates?
	BaselineDecides
	// NetworksMatchPods: does a network of a ClusterNetworkPolicy match pods with these addresses?
	NetworksMatchPods
	// NamespacesMatchAll: does a peer of a ClusterNetworkPolicy that selects namespaces match everything, if
	// its selector holds without labels?
	NamespacesMatchAll
	// EveryLabel: does a selector match pods by every label?
	EveryLabel
	// DomainNamesOpenDNS: does a rule of a ClusterNetworkPolicy with domain names also permit connections to
	// DNS servers?
	DomainNamesOpenDNS
)

// PluginFact is the answer of a network plugin to a question.
type PluginFact struct {
	Question
	Answer bool
	// Setting and Value are a setting of the plugin that reverses the answer; empty if there is none.
	Setting, Value string
	Source         string // the plugin's code or documentation that says so
}

// PluginFacts is what is known of a network plugin.
type PluginFacts struct {
	Name    string // as programs write it
	Title   string // as its project writes it
	Version string // in which the facts were found
	Target  string // the target of zt that writes the plugin's own policies; empty if there is none
	Facts   []PluginFact
}

// Plugins is what is known of network plugins, by name. It has only what their code says, and a row for
// each fact.
var Plugins = []PluginFacts{
	{"cilium", "Cilium", "1.20.2", "cilium", []PluginFact{
		{BlocksMatchPods, false, "policy-cidr-match-mode", "pods", "Documentation/security/policy/layer3.rst"},
		{BlocksMatchNodes, false, "policy-cidr-match-mode", "nodes", "pkg/ipcache/metadata.go, resolveLabels"},
		{PassesSCTP, false, "enable-sctp", "true", "bpf/lib/conntrack.h, DROP_CT_UNKNOWN_PROTO"},
		{OmittedTypes, true, "", "", "pkg/k8s/network_policy.go, ParseNetworkPolicy"},
		{PortRanges, true, "", "", "pkg/k8s/network_policy.go, parsePorts"},
		{NamedPorts, true, "", "", "pkg/policy/l4.go, toMapState"},
		{BaselineDecides, true, "", "", "pkg/policy/repository.go, computePolicyEnforcementAndRules"},
		{NetworksMatchPods, false, "policy-cidr-match-mode", "pods", "Documentation/network/kubernetes/policy.rst"},
		{NamespacesMatchAll, true, "", "", "pkg/k8s/cluster_network_policy.go, ParseClusterNetworkPolicy"},
		{EveryLabel, false, "", "", "pkg/labelsfilter/filter.go, defaultLabelPrefixCfg"},
		{DomainNamesOpenDNS, true, "", "", "pkg/k8s/cluster_network_policy.go, ParseClusterNetworkPolicy"},
	}},
	{"calico", "Calico", "3.32.1", "", []PluginFact{
		{BlocksMatchPods, true, "", "", conversion + "k8sPeerToCalicoFields; felix/rules/policy.go"},
		{BlocksMatchNodes, true, "", "", conversion + "k8sPeerToCalicoFields; felix/rules/policy.go"},
		{OmittedTypes, false, "", "", conversion + "K8sNetworkPolicyToCalico"},
		{PortRanges, true, "", "", conversion + "k8sPortToCalico"},
		{NamedPorts, true, "", "", conversion + "k8sPortToCalico"},
		{SelectsHostNetwork, false, "", "", conversion + "IsValidCalicoWorkloadEndpoint"},
	}},
	{"antrea", "Antrea", "2.7.0", "", []PluginFact{
		{PassesSCTP, true, "", "", "pkg/agent/openflow/network_policy.go, MatchSCTPDstPort"},
		{OmittedTypes, true, "", "", "pkg/controller/networkpolicy/networkpolicy_controller.go, processNetworkPolicy"},
		{PortRanges, true, "", "", "pkg/agent/openflow/network_policy.go, portsToBitRanges"},
		{SelectsHostNetwork, false, "", "", "pkg/controller/networkpolicy/crd_utils.go, AddressGroupExcludedPodFilter"},
	}},
	{"ovn-kubernetes", "OVN-Kubernetes", "1.0.0", "", []PluginFact{
		{BlocksMatchPods, true, "", "", gress + "getMatchFromIPBlock"},
		{BlocksMatchNodes, true, "", "", gress + "getMatchFromIPBlock"},
		{PortRanges, true, "", "", gress + "addPortPolicy"},
		{NamedPorts, false, "", "", gress + "addPortPolicy"},
	}},
	{"kube-router", "kube-router", "2.11.1", "", []PluginFact{
		{BlocksMatchPods, true, "", "", netpol + "evalIPBlockPeer"},
		{BlocksMatchNodes, true, "", "", netpol + "evalIPBlockPeer"},
		{PortRanges, true, "", "", netpol + "processNetworkPolicyPorts"},
		{NamedPorts, true, "", "", netpol + "grabNamedPortFromPod"},
		{SelectsHostNetwork, false, "", "", "pkg/controllers/netpol/utils.go, isNetPolActionable"},
	}},
	{"aws", "the AWS network policy agent", "1.4.1", "", []PluginFact{
		{BlocksMatchPods, true, "", "", "pkg/ebpf/c/tc.v4egress.bpf.c, evaluateNamespacePolicyByLookUp"},
		{BlocksMatchNodes, true, "", "", "pkg/ebpf/c/tc.v4egress.bpf.c, evaluateNamespacePolicyByLookUp"},
		{PortRanges, true, "", "", endpoints + "convertToPolicyInfoPortForCIDRs"},
		{NamedPorts, true, "", "", endpoints + "getPortList"},
		{SelectsHostNetwork, true, "", "", endpoints + "computeIngressEndpoints"},
		{BlocksMatchServices, true, "", "", endpoints + "getMatchingServiceClusterIPs"},
	}},
	{"azure", "Azure Network Policy Manager", "1.8.12", "", []PluginFact{
		{BlocksMatchPods, true, "", "", translation + "ipBlockIPSet"},
		{BlocksMatchNodes, true, "", "", translation + "ipBlockIPSet"},
		{OmittedTypes, false, "", "", translation + "TranslatePolicy"},
		{PortRanges, true, "", "", translation + "numericPortRule"},
		{NamedPorts, true, "", "", translation + "namedPortRule"},
		{IPv6Blocks, false, "", "", translation + "ipBlockRule"},
		{SelectsHostNetwork, false, "", "", "npm/pkg/controlplane/controllers/v2/podController.go, isHostNetworkPod"},
	}},
	{"kube-network-policies", "kube-network-policies", "1.1.1", "", []PluginFact{
		{BlocksMatchPods, true, "", "", evaluator + "evaluateIPBlocks"},
		{BlocksMatchNodes, true, "", "", evaluator + "evaluateIPBlocks"},
		{PassesSCTP, true, "", "", "pkg/network/packet.go"},
		{OmittedTypes, false, "", "", evaluator + "EvaluatePolicyDirection"},
		{PortRanges, true, "", "", evaluator + "evaluatePorts"},
		{NamedPorts, true, "", "", evaluator + "evaluatePorts"},
		{SelectsHostNetwork, false, "", "", "pkg/podinfo/podinfo.go, getPodByIP"},
		{BlocksMatchServices, false, "", "", "pkg/dataplane/controller.go, the chain postrouting"},
	}},
}

// Files that are the source of several facts. That of aws is in amazon-network-policy-controller-k8s.
const (
	conversion  = "libcalico-go/lib/backend/k8s/conversion/conversion.go, "
	gress       = "go-controller/pkg/ovn/gress_policy.go, "
	netpol      = "pkg/controllers/netpol/policy.go, "
	endpoints   = "amazon-network-policy-controller-k8s 1.1.7, pkg/resolvers/endpoints.go, "
	translation = "npm/pkg/controlplane/translation/translatePolicy.go, "
	evaluator   = "pkg/networkpolicy/networkpolicy.go, "
)

// Plugin is the network plugin that enforces the policies, with its settings.
type Plugin struct {
	*PluginFacts
	Settings []Setting
	Span     source.Span // its name
}

// Setting is how a network plugin is configured.
type Setting struct {
	Key, Value string
	Span       source.Span
}

// Default returns a plugin without settings.
func Default(name string) *Plugin {
	i := slices.IndexFunc(Plugins, func(p PluginFacts) bool { return p.Name == name })
	return &Plugin{PluginFacts: &Plugins[i]}
}

// Answer returns the plugin's answer to a question. It is not known without a plugin.
func (p *Plugin) Answer(q Question) (yes, known bool) {
	if p == nil {
		return false, false
	}
	for _, f := range p.Facts {
		if f.Question == q {
			reversed := slices.ContainsFunc(p.Settings, func(s Setting) bool { return s.Key == f.Setting && s.Value == f.Value })
			return f.Answer != reversed, true
		}
	}
	return false, false
}

// Never reports whether the plugin's answer to a question is known, and is no.
func (p *Plugin) Never(q Question) bool {
	yes, known := p.Answer(q)
	return known && !yes
}

// fact returns the plugin's fact about a question. There must be one.
func (p *Plugin) fact(q Question) PluginFact {
	return p.Facts[slices.IndexFunc(p.Facts, func(f PluginFact) bool { return f.Question == q })]
}

// CanChange reports whether a setting reverses the answer to a question.
func (p *Plugin) CanChange(q Question) bool { return p.fact(q).Setting != "" }

// Change returns how to write the plugin with the setting that reverses the answer to a question.
func (p *Plugin) Change(q Question) string {
	var settings []string
	for _, s := range p.Settings {
		settings = append(settings, s.Key+"="+s.Value)
	}
	return fmt.Sprintf("plugin %s with %s", p.Name, strings.Join(append(settings, p.SettingOf(q)), ", "))
}

// SettingOf returns the setting that reverses the answer to a question, as people name it.
func (p *Plugin) SettingOf(q Question) string {
	f := p.fact(q)
	return f.Setting + "=" + f.Value
}

// Enforcement returns how the policies are enforced, as far as the program states it.
func (n Network) Enforcement() relation.Enforcement {
	var e relation.Enforcement
	if n.Plugin.Never(BlocksMatchNodes) {
		e.Unmatched = AddrsOf(n.Nodes)
	}
	e.OmittedTypes, _ = n.Plugin.Answer(OmittedTypes)
	return e
}

// Hosts returns the addresses of nodes and of the API server that the program states.
func (n Network) Hosts() relation.Hosts {
	h := relation.Hosts{Nodes: AddrsOf(n.Nodes)}
	if n.APIServer != nil {
		h.APIServer = AddrsOf(n.APIServer.Blocks)
	}
	return h
}
