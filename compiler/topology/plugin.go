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
	Facts   []PluginFact
}

// Plugins is what is known of network plugins, by name. It has only what their code says.
var Plugins = []PluginFacts{
	{"cilium", "Cilium", "1.20.2", []PluginFact{
		{BlocksMatchPods, false, "policy-cidr-match-mode", "pods", "Documentation/security/policy/layer3.rst"},
		{BlocksMatchNodes, false, "policy-cidr-match-mode", "nodes", "pkg/ipcache/metadata.go, resolveLabels"},
		{PassesSCTP, false, "enable-sctp", "true", "bpf/lib/conntrack.h, DROP_CT_UNKNOWN_PROTO"},
		{OmittedTypes, true, "", "", "pkg/k8s/network_policy.go, ParseNetworkPolicy"},
	}},
}

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

// Change returns how to write the plugin with the setting that reverses the answer to a question.
func (p *Plugin) Change(q Question) string {
	var settings []string
	for _, s := range p.Settings {
		settings = append(settings, s.Key+"="+s.Value)
	}
	for _, f := range p.Facts {
		if f.Question == q {
			settings = append(settings, f.Setting+"="+f.Value)
		}
	}
	return fmt.Sprintf("plugin %s with %s", p.Name, strings.Join(settings, ", "))
}

// SettingOf returns the setting that reverses the answer to a question, as people name it.
func (p *Plugin) SettingOf(q Question) string {
	i := slices.IndexFunc(p.Facts, func(f PluginFact) bool { return f.Question == q })
	return p.Facts[i].Setting + "=" + p.Facts[i].Value
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
