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

func (c *completion) sort() {
	slices.SortFunc(c.items, func(a, b protocol.CompletionItem) int { return cmp.Compare(a.SortText, b.SortText) })
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
