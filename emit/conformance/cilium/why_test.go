package cilium

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// modelOf answers questions about the policies of a set, in a cluster of which a program states what the engine is
// given.
func modelOf(inv *inventory.Inventory) (*query.Model, error) {
	text := fmt.Sprintf("network {\n  plugin cilium with enable-sctp=true\n  nodes %s\n  apiserver %s/32 :1-65535\n}\n", nodes, apiServer)
	t, diags, err := compiler.Program(fstest.MapFS{"p.zt": {Data: []byte(text)}}, []compiler.Input{{Path: "p.zt"}}, nil, compiler.Options{})
	if err != nil || diags.Errors() > 0 {
		return nil, fmt.Errorf("%w%v", err, diags)
	}
	return query.OfManifests(inv, query.LabelsOf(inv), query.OfTopology(t, query.FactsOf(t), "default"))
}

// reasons are those for which zt may answer that a drawn question is undecided: those of the reference, and that it
// gives up.
var reasons = []string{
	"nothing says which addresses", // nodes and names that a ClusterNetworkPolicy selects have
	"which node a pod is on", "what its rules for http permit", "that Cilium learns the addresses of", "which names Cilium lets",
	"the API leaves open which comes first", "combine in more ways than zt compares",
}

// ask compares the answer to a question, as `zt why` gives it, with the engine's verdict. The engine knows what
// containers call their ports, and zt does not. It asks nothing about pods of namespaces whose labels are not known.
func (w *world) ask(s *judge.Set, from, to scene.Inhabitant, c relation.Connection, verdict bool) (asked, undecided, partly int, err error) {
	for _, i := range []scene.Inhabitant{from, to} {
		if i.IsPod() && s.Namespaces[i.End.Namespace] == nil {
			return 0, 0, 0, nil
		}
	}
	destination := c.To.String()
	if c.To.Host != "" {
		destination = c.To.Host
	}
	question := fmt.Sprintf("%s -> %s :%d/%s", c.From, destination, c.Port.Number, c.Port.Protocol)
	q, err := w.model.Query(question)
	if err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w", question, err)
	}
	answer := w.model.Why(q)
	inPart := answer.Some // for some names of ports, or some addresses of a host name
	if v := answer.Verdict(); v == query.Permitted && !verdict || v == query.Denied && verdict && !inPart {
		var text strings.Builder
		answer.WriteText(&text)
		return 0, 0, 0, fmt.Errorf("%s: permitted by the engine: %t; zt answers %s\n%s", question, verdict, v, text.String())
	}
	for _, u := range answer.Undecided {
		if !slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(u.Message, r) }) {
			return 0, 0, 0, fmt.Errorf("%s: undecided, since %s", question, u.Message)
		}
	}
	if len(answer.Undecided) > 0 {
		undecided = 1
	}
	if inPart {
		partly = 1
	}
	return 1, undecided, partly, nil
}

// judgeAlone compares the engine's verdict with a judge of one connection at a time, which knows what Cilium does, but
// not what nodes and the API server are.
func judgeAlone(s *judge.Set, from, to scene.Inhabitant, c relation.Connection, verdict bool) error {
	if len(s.Cilium) == 0 || isHost(from) || isHost(to) {
		return nil
	}
	a := from.Attempt(to, c.Port)
	a.To.Host = c.To.Host
	if always, ever := s.Judge(a); always && !verdict || verdict && !ever {
		return fmt.Errorf("%s: permitted by the engine: %t; one by one always: %t, sometimes: %t", c, verdict, always, ever)
	}
	return nil
}

// isHost reports whether an inhabitant is a node or the API server.
func isHost(i scene.Inhabitant) bool { return isNode(i) || !i.IsPod() && i.End.Addr == apiServer }
