package lsp

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
)

// maxItems is how many items an answer has. If there are more, the client asks again when more is
// written.
const maxItems = 500

// completion collects what can be written at a spot.
type completion struct {
	place
	spot
	inventory *inventory.Inventory // nil without --manifests
	items     []protocol.CompletionItem
	seen      map[string]bool
}

// complete lists what can be written at a position.
func complete(s *snapshot, params protocol.PositionParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return protocol.CompletionList{Items: []protocol.CompletionItem{}}, nil
	}
	c := &completion{place: p, spot: spotAt(p.tree.Source, p.offset(params.Position)), items: []protocol.CompletionItem{}, seen: map[string]bool{}}
	if s.options.Manifests != nil {
		c.inventory, _, _ = s.evidence.read(s.options.Manifests) // errors are among the diagnostics
	}
	c.collect()
	matching := slices.DeleteFunc(c.items, func(i protocol.CompletionItem) bool { return !matches(c.written, i.Label) })
	list := protocol.CompletionList{Items: matching}
	if len(matching) > maxItems {
		list.IsIncomplete = true
		list.Items = matching[:maxItems]
	}
	return list, nil
}

// add adds an item that replaces the word at the spot. The group orders items: lower ones first.
func (c *completion) add(group int, kind int, label, detail string) {
	if c.seen[label] || label == "" {
		return
	}
	c.seen[label] = true
	c.items = append(c.items, protocol.CompletionItem{
		Label: label, Kind: kind, Detail: detail, SortText: fmt.Sprintf("%d%s", group, label),
		TextEdit: protocol.TextEdit{Range: c.rangeOf(c.start, c.end), NewText: label},
	})
}

func (c *completion) words(words ...string) {
	for _, w := range words {
		c.add(2, protocol.CompleteKeyword, w, "")
	}
}

// collect adds what the language allows after the words before the spot.
func (c *completion) collect() {
	last := c.last(0)
	switch first := c.first(); {
	case c.nowhere:
	case c.quoted:
		if first == "import" {
			c.importable()
		}
	case c.inItems:
		c.inside(first, last)
	case first == "":
		statements, _ := grammar.Statements(c.block)
		c.words(statements...)
		c.words("ingress", "egress")
		c.endpoints()
	case first == "namespace":
		switch {
		case len(c.before) == 1:
			c.undeclaredNamespaces()
		case last == "isolates":
			c.words("ingress", "egress", "nothing", "tiers")
		case last == "tiers":
			c.words("ingress", "egress")
		case len(c.before) == 2:
			c.words("isolates")
		}
	case first == "labels":
		c.labels(c.namespaceLabels(), last)
	case first == "tier":
		c.tier(last)
	case first == "external":
		if c.afterColon() {
			c.words("any")
		}
	case first == "environment":
		switch {
		case last == "by":
			c.keys(c.namespaceLabels())
		case last == "=":
			c.values(c.namespaceLabels(), c.last(1))
		case len(c.before) == 2:
			c.words("by")
		}
	case c.afterColon():
		c.ports()
	case first == "dns" && len(c.before) == 1:
		c.words("off")
		c.endpoints()
	case first == "deny" && len(c.before) == 1:
		c.words("path")
		c.endpoints()
	case slices.Contains([]string{",", "->", "<->", "deny", "path", "isolate", "dns", "ingress", "egress"}, last):
		c.endpoints()
	case strings.Contains(last, "/") && strings.Contains(last, "."):
		c.words("except")
	}
}

// inside adds what can be in the braces of a statement.
func (c *completion) inside(statement, last string) {
	starts := last == "{" || last == "," || last == "\n"
	switch statement {
	case "tier":
		c.labels(c.podLabels(), last)
	case "environment":
		c.labels(c.namespaceLabels(), last)
	case "external":
		if starts {
			c.words("host")
		} else if strings.Contains(last, "/") {
			c.words("except")
		}
	case "network":
		if last == "{" || last == "\n" || last == ";" {
			c.words("pods", "services", "nodes", "apiserver", "plugin")
		} else if facts, ok := c.plugin(); ok {
			c.pluginFacts(facts, last)
		} else if strings.Contains(last, "/") {
			c.words("except")
		}
	}
}

// plugin reports whether the spot is after the word plugin in a network statement, and returns what is
// known of the plugin that is named there, if it is.
func (c *completion) plugin() (known []topology.PluginFact, ok bool) {
	for i, tok := range slices.Backward(c.before) {
		switch text := tok.Text(); {
		case text == "\n" && i > 0 && c.before[i-1].Text() == ",":
		case text == "{" || text == "\n" || text == ";":
			return nil, false
		case text == "plugin":
			for _, p := range topology.Plugins {
				if i+1 < len(c.before) && c.before[i+1].Text() == p.Name {
					known = p.Facts
				}
			}
			return known, true
		}
	}
	return nil, false
}

// pluginFacts adds the names of network plugins, or the settings of one and their values.
func (c *completion) pluginFacts(known []topology.PluginFact, last string) {
	switch {
	case last == "plugin":
		for _, p := range topology.Plugins {
			c.words(p.Name)
		}
	case c.last(1) == "plugin":
		c.words("with")
	}
	for _, f := range known {
		switch last {
		case "with", ",":
			c.words(f.Setting)
		case "=":
			if f.Setting == c.last(1) {
				c.words(f.Value)
			}
		}
	}
}

// tier adds what can follow in a tier, outside of its braces.
func (c *completion) tier(last string) {
	switch {
	case len(c.before) == 1 || last == "," && !c.afterColon():
		c.workloads()
	case last == "by":
		c.keys(c.podLabels())
	case last == "in":
		c.words("cluster")
		c.environments()
	case last == "isolates":
		c.words("ingress", "egress", "nothing")
	case c.afterColon():
		c.words("any")
		c.containerPorts()
	case last == "}":
		c.words("dynamic", "isolates")
	default:
		c.words("by", "in", "isolates")
	}
}

// labels adds keys, operators and values of labels.
func (c *completion) labels(known map[string]map[string]bool, last string) {
	switch last {
	case "{", ",", "\n", "!", "labels":
		if key := c.listKey(); key != "" {
			c.values(known, key)
			return
		}
		c.keys(known)
	case "=", "==", "!=":
		c.values(known, c.last(1))
	case "(":
		c.values(known, c.last(2))
	case "}", ")":
	default:
		if !slices.Contains([]string{"=", "==", "!="}, c.last(1)) && c.listKey() == "" {
			c.words("in", "notin")
		}
	}
}

func (c *completion) keys(known map[string]map[string]bool) {
	for key := range known {
		c.add(0, protocol.CompleteProperty, key, "label")
	}
	c.sort()
}

func (c *completion) values(known map[string]map[string]bool, key string) {
	for value := range known[key] {
		c.add(0, protocol.CompleteValue, value, key)
	}
	c.sort()
}

func (c *completion) sort() {
	slices.SortFunc(c.items, func(a, b protocol.CompletionItem) int { return cmp.Compare(a.SortText, b.SortText) })
}

// podLabels returns the values of each label key of pods, in the manifests and in the program.
func (c *completion) podLabels() map[string]map[string]bool {
	known := map[string]map[string]bool{}
	if c.inventory != nil {
		for _, w := range c.inventory.Workloads {
			addLabels(known, w.Labels)
		}
	}
	if c.Partial != nil {
		for _, t := range c.tiers() {
			addSelector(known, t.Selector)
		}
	}
	return known
}

// namespaceLabels returns the same of namespaces.
func (c *completion) namespaceLabels() map[string]map[string]bool {
	known := map[string]map[string]bool{}
	if c.inventory != nil {
		for _, n := range c.inventory.Namespaces {
			addLabels(known, n.Labels)
		}
	}
	if c.Partial != nil {
		for _, n := range c.Partial.Namespaces {
			addLabels(known, n.Labels)
		}
		for _, e := range c.Partial.Environments {
			addSelector(known, e.Selector)
		}
	}
	delete(known, topology.NameLabel) // the name of a namespace is not a label to write
	return known
}

func addLabels(known map[string]map[string]bool, labels map[string]string) {
	for k, v := range labels {
		if known[k] == nil {
			known[k] = map[string]bool{}
		}
		known[k][v] = true
	}
}

func addSelector(known map[string]map[string]bool, s relation.Selector) {
	for _, r := range s.Keys() {
		if known[r.Key] == nil {
			known[r.Key] = map[string]bool{}
		}
		for _, v := range r.Values.Names {
			known[r.Key][v] = true
		}
	}
}

// tiers lists all tiers.
func (c *completion) tiers() []*topology.Tier {
	all := slices.Clone(c.Partial.Tiers)
	for _, n := range c.Partial.Namespaces {
		all = append(all, n.Tiers...)
	}
	return all
}

// home is the namespace of names at the spot: that of the block around it, or the default one.
func (c *completion) home() string {
	return cmp.Or(c.namespace, c.snapshot.options.DefaultNamespace, "default")
}

// endpoints adds what an edge can name. In a namespace a bare name is one of its own tiers; at the
// top it is any tier whose name is the only one.
func (c *completion) endpoints() {
	if ns, _, ok := strings.Cut(c.written, "/"); ok {
		c.qualified(ns)
		return
	}
	if c.Partial != nil {
		count := map[string]int{}
		for _, t := range c.tiers() {
			count[t.Name]++
		}
		for _, t := range c.tiers() {
			detail := "tier of " + t.Set() + listens(t.Listens)
			if t.Namespace != nil {
				detail = "tier of " + t.Namespace.Name + listens(t.Listens)
			}
			switch {
			case t.Namespace == nil, t.Namespace.Name == c.home(), c.namespace == "" && count[t.Name] == 1:
				c.add(0, protocol.CompleteClass, t.Name, detail)
			default:
				c.add(1, protocol.CompleteClass, t.String(), detail)
			}
		}
		for _, x := range c.Partial.Externals {
			c.add(0, protocol.CompleteExternal, x.Name, "external"+listens(x.Listens))
		}
		for _, n := range c.Partial.Namespaces {
			c.add(1, protocol.CompleteModule, n.Name+"/*", "every pod of namespace "+n.Name)
		}
		c.environments()
	}
	if c.block == "environment" || c.inEnvironment {
		c.add(1, protocol.CompleteEnum, stamp, "the environment of this block")
	}
	c.words(grammar.Endpoints()...)
	c.sort()
}

func (c *completion) environments() {
	if c.Partial == nil {
		return
	}
	for _, e := range c.Partial.Environments {
		c.add(1, protocol.CompleteEnum, e.Name, "environment")
	}
}

// qualified adds the parties of one namespace.
func (c *completion) qualified(ns string) {
	if c.Partial == nil {
		return
	}
	for _, n := range c.Partial.Namespaces {
		if n.Name != ns {
			continue
		}
		for _, t := range n.Tiers {
			c.add(0, protocol.CompleteClass, t.String(), "tier"+listens(t.Listens))
		}
		c.add(1, protocol.CompleteModule, ns+"/*", "every pod of namespace "+ns)
	}
	for at, objects := range c.info.Definitions {
		if x, ok := objects[0].(*topology.External); ok && strings.HasPrefix(x.Endpoint.Name, ns+"/") {
			c.add(0, protocol.CompleteExternal, ns+"/"+at.Text(), "external"+listens(x.Listens))
		}
	}
	c.sort()
}

// ports adds the ports that the destinations before the spot declare.
func (c *completion) ports() {
	for _, word := range c.destinations() {
		for _, l := range c.listensOf(word) {
			if l.Name != "" {
				c.add(0, protocol.CompletePort, l.Name, l.Ports.String())
			} else {
				c.add(1, protocol.CompletePort, l.Ports.String(), word)
			}
		}
	}
	c.words("any")
}

// listensOf returns the ports that an endpoint declares: of several pods, those with names.
func (c *completion) listensOf(word string) []topology.Listen {
	if c.Partial == nil {
		return nil
	}
	var out []topology.Listen
	named := func(tiers []*topology.Tier) {
		for _, t := range tiers {
			for _, l := range t.Listens {
				if l.Name != "" {
					out = append(out, l)
				}
			}
		}
	}
	for _, n := range c.Partial.Namespaces {
		if word == n.Name+"/*" {
			named(n.Tiers)
		}
	}
	for _, e := range c.Partial.Environments {
		if word == e.Name || word == stamp {
			for _, n := range e.Namespaces {
				named(n.Tiers)
			}
		}
	}
	if word == "cluster" {
		named(c.tiers())
	}
	if word == "apiserver" && c.Partial.Network.APIServer != nil {
		out = append(out, c.Partial.Network.APIServer.Stated...)
	}
	var bare, own []topology.Listen
	for _, t := range c.tiers() {
		switch {
		case t.String() == word:
			out = append(out, t.Listens...)
		case t.Name == word && t.Namespace.Name == c.home():
			own = t.Listens
		case t.Name == word && c.namespace == "":
			bare = append(bare, t.Listens...)
		}
	}
	if own == nil {
		own = bare
	}
	out = append(out, own...)
	for _, x := range c.Partial.Externals {
		if x.Name == word || x.Endpoint.Name == word {
			out = append(out, x.Listens...)
		}
	}
	return out
}

// undeclaredNamespaces adds the namespaces of the manifests that the program does not declare, and
// those that it does, which may be opened again.
func (c *completion) undeclaredNamespaces() {
	if c.inventory != nil {
		for _, n := range c.inventory.Namespaces {
			c.add(0, protocol.CompleteModule, n.Name, "in the manifests")
		}
		for _, w := range c.inventory.Workloads {
			c.add(0, protocol.CompleteModule, w.Namespace, "in the manifests")
		}
	}
	if c.Partial != nil {
		for _, n := range c.Partial.Namespaces {
			c.add(1, protocol.CompleteModule, n.Name, "declared")
		}
	}
	c.sort()
}

// workloads adds the names of the namespace's workloads.
func (c *completion) workloads() {
	if c.inventory == nil {
		return
	}
	for _, w := range c.inventory.Workloads {
		if w.Namespace == c.home() && w.Owner.Name == "" {
			c.add(0, protocol.CompleteClass, w.Name, w.Kind)
		}
	}
	c.sort()
}

// containerPorts adds the ports of the containers of the tier's pods.
func (c *completion) containerPorts() {
	labels := c.tierLabels()
	if c.inventory == nil {
		return
	}
	for _, w := range c.inventory.Workloads {
		if w.Namespace != c.home() || !inventory.Carries(w.Labels, labels) {
			continue
		}
		for _, port := range w.Ports {
			text := fmt.Sprintf("%d/%s", port.Number, port.Protocol)
			if port.Name != "" {
				text = port.Name + "=" + text
			}
			c.add(0, protocol.CompletePort, text, w.Object.String())
		}
	}
	c.sort()
}

// tierLabels returns the labels that the statement of a tier requires.
func (c *completion) tierLabels() map[string]string {
	labels := map[string]string{}
	for i, tok := range c.before {
		switch {
		case i == 0 || i+1 == len(c.before):
		case tok.IsMark("="), tok.IsMark("=="):
			labels[c.before[i-1].Text()] = c.before[i+1].Text()
		case tok.Text() == "by":
			labels[c.before[i+1].Text()] = c.before[1].Text()
		case tok.IsMark(":"):
			return labels
		}
	}
	return labels
}

// importable adds the .zt files that an import can name, from the folder of this file.
func (c *completion) importable() {
	own := c.snapshot.view.path(c.tree.Source.Name)
	folder := path.Dir(own)
	below, rest := path.Split(c.written)
	for _, p := range slices.Sorted(maps.Keys(c.files(path.Join(folder, below)))) {
		if p != own && strings.HasPrefix(path.Base(p), rest) {
			c.add(0, protocol.CompleteFile, below+path.Base(p), "")
		}
	}
	for _, dir := range load.Folders(path.Join(folder, below)) {
		c.add(1, protocol.CompleteFile, below+dir+"/", "")
	}
}

// files returns the .zt files of a folder.
func (c *completion) files(folder string) map[string]bool {
	out := map[string]bool{}
	for _, in := range c.snapshot.inputs(folder) {
		out[in.Path] = true
	}
	return out
}
