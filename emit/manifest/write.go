package manifest

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// writer writes policies of a set. Fields are in the order of their names.
type writer struct {
	encoder
	policies *policyset.Set
}

// sample is after how many policies memory for the rest is allocated. Growing step by step
// instead copies several times as much.
const sample = 64

// write returns the policies at some positions: as a List in JSON, or as a stream of YAML
// documents after a header.
func write(policies *policyset.Set, at []int, format Format, header string) []byte {
	w := writer{encoder{out: []byte(header), column: yamlColumn - 2}, policies}
	if format == FormatJSON {
		w.encoder = encoder{out: []byte(listHeader), json: true, column: jsonColumn - 2, first: true}
	}
	for i, position := range at {
		if i == sample {
			w.out = slices.Grow(w.out, len(w.out)/sample*len(at))
		}
		if w.json {
			w.item()
		} else if i > 0 {
			w.text(Separator)
		}
		w.policy(policies.Policy(position))
		if !w.json {
			w.text("\n")
		}
	}
	if w.json && len(at) > 0 {
		w.text("\n  ")
	}
	if w.json {
		w.text("]\n}\n")
	}
	return w.out
}

func (w *writer) policy(p policyset.Policy) {
	w.open()
	w.field("apiVersion", apiVersion)
	w.field("kind", kind)
	w.key("metadata")
	w.open()
	w.labels("annotations", p.Annotations)
	w.labels("labels", p.Labels)
	w.optional("name", p.Name)
	w.optional("namespace", p.Namespace)
	w.shut()
	w.key("spec")
	w.open()
	w.rules("egress", p.Rules[relation.Egress])
	w.rules("ingress", p.Rules[relation.Ingress])
	w.selector("podSelector", p.PodSelector)
	w.texts("policyTypes", p.Types)
	w.shut()
	w.shut()
}

func (w *writer) rules(direction string, rules policyset.List[policyset.Rule]) {
	w.list(direction, rules.Len(), func(i int) {
		r := rules.At(i)
		w.item()
		w.open()
		if direction == "ingress" {
			w.rulePeers("from", r)
		}
		ports := w.policies.Ports(r.Ports)
		w.list("ports", ports.Len(), func(i int) { w.port(ports.At(i)) })
		if direction == "egress" {
			w.rulePeers("to", r)
		}
		w.shut()
	})
}

func (w *writer) rulePeers(name string, r policyset.Rule) {
	w.list(name, r.Peers.Len(), func(i int) { w.peer(w.policies.Peer(r.Peers.At(i))) })
}

func (w *writer) peer(p policyset.Peer) {
	w.item()
	w.open()
	if p.Block.Present {
		w.key("ipBlock")
		w.open()
		w.field("cidr", p.Block.Value.CIDR)
		w.texts("except", p.Block.Value.Except)
		w.shut()
	}
	if p.Namespaces.Present {
		w.selector("namespaceSelector", p.Namespaces.Value)
	}
	if p.Pods.Present {
		w.selector("podSelector", p.Pods.Value)
	}
	w.shut()
}

func (w *writer) port(p policyset.Port) {
	w.item()
	w.open()
	if p.EndPort.Present {
		w.number("endPort", p.EndPort.Value)
	}
	switch {
	case !p.Port.Present:
	case p.Port.Value.Named:
		w.field("port", p.Port.Value.Name)
	default:
		w.number("port", p.Port.Value.Number)
	}
	if p.Protocol.Present {
		w.field("protocol", p.Protocol.Value)
	}
	w.shut()
}

func (w *writer) selector(name string, s policyset.Selector) {
	w.key(name)
	w.open()
	w.list("matchExpressions", s.Expressions.Len(), func(i int) {
		e := s.Expressions.At(i)
		w.item()
		w.open()
		w.field("key", e.Key)
		w.field("operator", e.Operator)
		w.texts("values", e.Values)
		w.shut()
	})
	w.labels("matchLabels", s.Labels)
	w.shut()
}

// labels writes a mapping of strings, unless it is empty.
func (w *writer) labels(name string, labels policyset.List[policyset.Label]) {
	if labels.Len() == 0 {
		return
	}
	w.key(name)
	w.open()
	for _, l := range labels.All() {
		w.field(l.Key, l.Value)
	}
	w.shut()
}

// texts writes a list of strings, unless it is empty.
func (w *writer) texts(name string, list policyset.List[string]) {
	w.list(name, list.Len(), func(i int) {
		w.item()
		w.value(list.At(i))
	})
}

// optional writes a field unless it is empty.
func (w *writer) optional(name, value string) {
	if value != "" {
		w.field(name, value)
	}
}
