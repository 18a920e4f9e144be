package model

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
)

// ciliumMutation is one way to change policies of Cilium, as they are written.
type ciliumMutation struct {
	name string
	// places returns functions that each change the objects in another place; none where it cannot be done.
	places func(o *ciliumObjects) []func()
}

// ciliumObjects is policies as values of JSON.
type ciliumObjects struct{ list []any }

func (o *ciliumObjects) clone() *ciliumObjects {
	data, err := json.Marshal(o.list)
	if err != nil {
		panic(err)
	}
	out := &ciliumObjects{}
	if err := json.Unmarshal(data, &out.list); err != nil {
		panic(err)
	}
	return out
}

type fields = map[string]any

// ciliumPlace is a rule in a list of rules.
type ciliumPlace struct {
	spec, rule fields
	field      string
	index      int
}

func (p ciliumPlace) isEgress() bool { return strings.HasPrefix(p.field, "egress") }
func (p ciliumPlace) isDeny() bool   { return strings.HasSuffix(p.field, "Deny") }

// peers returns the field of the rule's peers, "" if it has none, and the list.
func (p ciliumPlace) peers() (string, []any) {
	for k, v := range p.rule {
		if list, ok := v.([]any); ok && k != "toPorts" {
			return k, list
		}
	}
	return "", nil
}

// move makes the rule one of another field.
func (p ciliumPlace) move(field string) {
	p.drop()
	list, _ := p.spec[field].([]any)
	p.spec[field] = append(list, p.rule)
}

// drop removes the rule, and with the last one the list.
func (p ciliumPlace) drop() {
	list := p.spec[p.field].([]any)
	if list = slices.Delete(list, p.index, p.index+1); len(list) == 0 {
		delete(p.spec, p.field)
		return
	}
	p.spec[p.field] = list
}

var ruleFields = []string{"ingress", "egress", "ingressDeny", "egressDeny"}

func onSpecs(f func(object, spec fields) []func()) func(*ciliumObjects) []func() {
	return func(o *ciliumObjects) (out []func()) {
		for _, x := range o.list {
			object := x.(fields)
			out = append(out, f(object, object["spec"].(fields))...)
		}
		return out
	}
}

func onCiliumRules(f func(p ciliumPlace) []func()) func(*ciliumObjects) []func() {
	return onSpecs(func(_, spec fields) (out []func()) {
		for _, field := range ruleFields {
			list, _ := spec[field].([]any)
			for i, r := range list {
				out = append(out, f(ciliumPlace{spec, r.(fields), field, i})...)
			}
		}
		return out
	})
}

// onEntries is about the entries of those lists of peers whose field has this ending.
func onEntries(ending string, f func(list []any, i int, set func([]any)) []func()) func(*ciliumObjects) []func() {
	return onCiliumRules(func(p ciliumPlace) (out []func()) {
		field, list := p.peers()
		if !strings.HasSuffix(field, ending) {
			return nil
		}
		for i := range list {
			out = append(out, f(list, i, func(l []any) { p.rule[field] = l })...)
		}
		return out
	})
}

func onCiliumBlocks(f func(b fields) []func()) func(*ciliumObjects) []func() {
	return onEntries("CIDRSet", func(list []any, i int, _ func([]any)) []func() { return f(list[i].(fields)) })
}

// onCiliumPorts is about each port of each list of ports.
func onCiliumPorts(f func(of fields, list []any, i int) []func()) func(*ciliumObjects) []func() {
	return onCiliumRules(func(p ciliumPlace) (out []func()) {
		lists, _ := p.rule["toPorts"].([]any)
		for _, l := range lists {
			of := l.(fields)
			list, _ := of["ports"].([]any)
			for i := range list {
				out = append(out, f(of, list, i)...)
			}
		}
		return out
	})
}

// onCiliumSelectors is about the selectors of subjects and peers.
func onCiliumSelectors(f func(s fields) []func()) func(*ciliumObjects) []func() {
	return func(o *ciliumObjects) []func() {
		subjects := onSpecs(func(_, spec fields) []func() { return f(spec["endpointSelector"].(fields)) })
		peers := onEntries("Endpoints", func(list []any, i int, _ func([]any)) []func() { return f(list[i].(fields)) })
		return slices.Concat(subjects(o), peers(o))
	}
}

// onLabels is about the labels that a selector requires by matchLabels: those of namespaces, or of pods.
func onLabels(ofNamespaces bool, f func(labels fields, key string) func()) func(*ciliumObjects) []func() {
	return onCiliumSelectors(func(s fields) (out []func()) {
		labels, _ := s["matchLabels"].(fields)
		for key := range sorted(labels) {
			if strings.Contains(key, "io.kubernetes.pod.namespace") || strings.Contains(key, "io.cilium.k8s.namespace") {
				if ofNamespaces {
					out = append(out, f(labels, key))
				}
			} else if !ofNamespaces {
				out = append(out, f(labels, key))
			}
		}
		return out
	})
}

func onExpressions(f func(s fields, list []any, i int) []func()) func(*ciliumObjects) []func() {
	return onCiliumSelectors(func(s fields) (out []func()) {
		list, _ := s["matchExpressions"].([]any)
		for i := range list {
			out = append(out, f(s, list, i)...)
		}
		return out
	})
}

// sorted yields the keys of fields in order, so that places are the same in each run.
func sorted(m fields) func(func(string) bool) {
	return func(yield func(string) bool) {
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if !yield(k) {
				return
			}
		}
	}
}

// removed returns functions that each remove one entry of a list that has others.
func removed(list []any, set func([]any)) (out []func()) {
	if len(list) < 2 {
		return nil
	}
	for i := range list {
		out = append(out, func() { set(slices.Delete(slices.Clone(list), i, i+1)) })
	}
	return out
}

// resizedBlock returns another size of a block, "" if there is none.
func resizedBlock(cidr string, bits int) string {
	p := netip.MustParsePrefix(cidr)
	if n := p.Bits() + bits; n < 0 || n > p.Addr().BitLen() {
		return ""
	}
	return resized(p, bits).String()
}
