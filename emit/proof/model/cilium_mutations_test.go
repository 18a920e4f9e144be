package model

import (
	"slices"
	"strings"
)

// ciliumMutations are the kinds of changes of policies of Cilium that could change what is permitted.
var ciliumMutations = slices.Concat(ciliumPolicyMutations, ciliumRuleMutations, ciliumSelectorMutations, ciliumPeerMutations, ciliumPortMutations)

var ciliumPolicyMutations = []ciliumMutation{
	{"drop an object", func(o *ciliumObjects) (out []func()) {
		for i := range o.list {
			out = append(out, remove(&o.list, i))
		}
		return out
	}},
	{"move an object to another namespace", onSpecs(func(object, _ fields) []func() {
		meta := object["metadata"].(fields)
		if meta["namespace"] == nil {
			return nil
		}
		return only(func() { meta["namespace"] = "stranger" })
	})},
	{"flip enableDefaultDeny", onSpecs(func(_, spec fields) (out []func()) {
		said, _ := spec["enableDefaultDeny"].(fields)
		for _, direction := range []string{"ingress", "egress"} {
			was, is := said[direction].(bool)
			out = append(out, func() {
				if said == nil {
					spec["enableDefaultDeny"] = fields{direction: false}
				} else {
					said[direction] = is && !was
				}
			})
		}
		return out
	})},
	{"drop enableDefaultDeny", onSpecs(func(_, spec fields) []func() {
		if spec["enableDefaultDeny"] == nil {
			return nil
		}
		return only(func() { delete(spec, "enableDefaultDeny") })
	})},
	{"swap directions of what is permitted", onSpecs(func(_, spec fields) []func() {
		in, _ := spec["ingress"].([]any)
		out, _ := spec["egress"].([]any)
		if len(in)+len(out) == 0 || slices.ContainsFunc(out, func(r any) bool { return r.(fields)["toFQDNs"] != nil }) {
			return nil
		}
		return only(func() {
			delete(spec, "ingress")
			delete(spec, "egress")
			for _, r := range in {
				ciliumPlace{spec: spec, rule: turned(r.(fields)), field: "egress"}.add()
			}
			for _, r := range out {
				ciliumPlace{spec: spec, rule: turned(r.(fields)), field: "ingress"}.add()
			}
		})
	})},
}

func (p ciliumPlace) add() {
	list, _ := p.spec[p.field].([]any)
	p.spec[p.field] = append(list, p.rule)
}

// turned returns a rule as one of the other direction.
func turned(r fields) fields {
	out := fields{}
	for k, v := range r {
		switch rest := strings.TrimPrefix(k, "to"); {
		case k == "toPorts":
		case rest != k:
			k = "from" + rest
		default:
			k = "to" + strings.TrimPrefix(k, "from")
		}
		out[k] = v
	}
	return out
}

var ciliumRuleMutations = []ciliumMutation{
	{"drop a rule", onCiliumRules(func(p ciliumPlace) []func() { return only(p.drop) })},
	{"drop a rule that denies", onCiliumRules(func(p ciliumPlace) []func() {
		if !p.isDeny() {
			return nil
		}
		return only(p.drop)
	})},
	{"permit instead of deny", onCiliumRules(func(p ciliumPlace) []func() {
		if !p.isDeny() {
			return nil
		}
		return only(func() { p.move(strings.TrimSuffix(p.field, "Deny")) })
	})},
	{"deny instead of permit", onCiliumRules(func(p ciliumPlace) []func() {
		if p.isDeny() || p.rule["toFQDNs"] != nil || strings.Contains(asYAML([]any{p.rule}), "dns:") {
			return nil // which Cilium refuses
		}
		return only(func() { p.move(p.field + "Deny") })
	})},
	{"drop all rules of a field", onSpecs(func(_, spec fields) (out []func()) {
		for _, field := range ruleFields {
			if spec[field] != nil {
				out = append(out, func() { delete(spec, field) })
			}
		}
		return out
	})},
	{"empty a rule", onCiliumRules(func(p ciliumPlace) []func() {
		if len(p.rule) == 0 {
			return nil
		}
		return only(func() { clear(p.rule) })
	})},
	{"turn a rule around", onCiliumRules(func(p ciliumPlace) []func() {
		if p.rule["toFQDNs"] != nil || strings.Contains(asYAML([]any{p.rule}), "dns:") {
			return nil
		}
		other := strings.Replace(strings.Replace(p.field, "ingress", "x", 1), "egress", "ingress", 1)
		return only(func() {
			p.drop()
			ciliumPlace{spec: p.spec, rule: turned(p.rule), field: strings.Replace(other, "x", "egress", 1)}.add()
		})
	})},
	{"drop the rules for DNS", onCiliumRules(func(p ciliumPlace) (out []func()) {
		lists, _ := p.rule["toPorts"].([]any)
		for _, l := range lists {
			if of := l.(fields); of["rules"] != nil {
				out = append(out, func() { delete(of, "rules") })
			}
		}
		return out
	})},
	{"let fewer names through in a rule for DNS", onCiliumRules(func(p ciliumPlace) (out []func()) {
		lists, _ := p.rule["toPorts"].([]any)
		for _, l := range lists {
			if rules, ok := l.(fields)["rules"].(fields); ok {
				out = append(out, func() { rules["dns"] = []any{fields{"matchName": "other.test"}} })
			}
		}
		return out
	})},
}

var ciliumSelectorMutations = []ciliumMutation{
	{"drop a label of namespaces", onLabels(true, func(l fields, key string) func() { return func() { delete(l, key) } })},
	{"another value of a label of namespaces", onLabels(true, func(l fields, key string) func() { return func() { l[key] = "stranger" } })},
	{"drop a label of pods", onLabels(false, func(l fields, key string) func() { return func() { delete(l, key) } })},
	{"another value of a label of pods", onLabels(false, func(l fields, key string) func() { return func() { l[key] = "another" } })},
	{"require one more label", onCiliumSelectors(func(s fields) []func() {
		return only(func() {
			labels, _ := s["matchLabels"].(fields)
			if labels == nil {
				labels = fields{}
				s["matchLabels"] = labels
			}
			labels["more"] = "narrower"
		})
	})},
	{"select everything", onCiliumSelectors(func(s fields) []func() {
		if len(s) == 0 {
			return nil
		}
		return only(func() { clear(s) })
	})},
	{"drop an expression", onExpressions(func(s fields, list []any, i int) []func() {
		return only(func() {
			if s["matchExpressions"] = slices.Delete(list, i, i+1); len(list) == 1 {
				delete(s, "matchExpressions")
			}
		})
	})},
	{"negate an expression", onExpressions(func(_ fields, list []any, i int) []func() {
		e := list[i].(fields)
		other := map[string]string{"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}
		return only(func() { e["operator"] = other[e["operator"].(string)] })
	})},
	{"drop a value of an expression", onExpressions(func(_ fields, list []any, i int) []func() {
		e := list[i].(fields)
		values, _ := e["values"].([]any)
		return removed(values, func(l []any) { e["values"] = l })
	})},
}

var ciliumPeerMutations = []ciliumMutation{
	{"drop a peer", onCiliumRules(func(p ciliumPlace) []func() {
		field, list := p.peers()
		return removed(list, func(l []any) { p.rule[field] = l })
	})},
	{"drop all peers", onCiliumRules(func(p ciliumPlace) []func() {
		field, _ := p.peers()
		if field == "" {
			return nil
		}
		return only(func() { delete(p.rule, field) })
	})},
	{"all instead of peers", onCiliumRules(func(p ciliumPlace) []func() {
		field, _ := p.peers()
		if field == "" {
			return nil
		}
		return only(func() {
			delete(p.rule, field)
			p.rule[map[bool]string{true: "toEntities", false: "fromEntities"}[p.isEgress()]] = []any{"all"}
		})
	})},
	{"another entity", onEntries("Entities", func(list []any, i int, _ func([]any)) (out []func()) {
		for _, other := range []string{"all", "world", "kube-apiserver", "none"} {
			if list[i] != other {
				out = append(out, func() { list[i] = other })
			}
		}
		return out
	})},
	{"drop an exception", onCiliumBlocks(func(b fields) (out []func()) {
		list, _ := b["except"].([]any)
		for i := range list {
			out = append(out, func() { b["except"] = slices.Delete(slices.Clone(list), i, i+1) })
		}
		return out
	})},
	{"drop all exceptions", onCiliumBlocks(func(b fields) []func() {
		if b["except"] == nil {
			return nil
		}
		return only(func() { delete(b, "except") })
	})},
	{"widen a block", onCiliumBlocks(func(b fields) []func() {
		wider := resizedBlock(b["cidr"].(string), -1)
		if wider == "" {
			return nil
		}
		return only(func() { b["cidr"] = wider })
	})},
	{"narrow a block", onCiliumBlocks(func(b fields) []func() {
		narrower := resizedBlock(b["cidr"].(string), 1)
		if narrower == "" || b["except"] != nil {
			return nil
		}
		return only(func() { b["cidr"] = narrower })
	})},
	{"another block", onCiliumBlocks(func(b fields) []func() {
		return only(func() {
			b["cidr"] = "192.0.2.0/24"
			delete(b, "except")
		})
	})},
	{"narrow an exception", onCiliumBlocks(func(b fields) (out []func()) {
		list, _ := b["except"].([]any)
		for i := range list {
			if narrower := resizedBlock(list[i].(string), 1); narrower != "" {
				out = append(out, func() { list[i] = narrower })
			}
		}
		return out
	})},
	{"another host name", onEntries("FQDNs", func(list []any, i int, _ func([]any)) []func() {
		return only(func() { list[i] = fields{"matchName": "other.test"} })
	})},
	{"a pattern for a host name", onEntries("FQDNs", func(list []any, i int, _ func([]any)) []func() {
		name, _ := list[i].(fields)["matchName"].(string)
		_, domain, found := strings.Cut(name, ".")
		if !found {
			return nil
		}
		return only(func() { list[i] = fields{"matchPattern": "*." + domain} })
	})},
	{"one label of a pattern instead of several", onEntries("FQDNs", func(list []any, i int, _ func([]any)) []func() {
		pattern, _ := list[i].(fields)["matchPattern"].(string)
		if !strings.HasPrefix(pattern, "**.") {
			return nil
		}
		return only(func() { list[i] = fields{"matchPattern": pattern[1:]} })
	})},
	{"every host name", onEntries("FQDNs", func(list []any, i int, _ func([]any)) []func() {
		return only(func() { list[i] = fields{"matchPattern": "*"} })
	})},
}

var ciliumPortMutations = []ciliumMutation{
	{"drop a port", onCiliumPorts(func(of fields, list []any, _ int) []func() {
		return removed(list, func(l []any) { of["ports"] = l })
	})},
	{"drop all ports", onCiliumRules(func(p ciliumPlace) []func() {
		if p.rule["toPorts"] == nil {
			return nil
		}
		return only(func() { delete(p.rule, "toPorts") })
	})},
	{"another port", onCiliumPorts(func(_ fields, list []any, i int) (out []func()) {
		port := list[i].(fields)
		for _, other := range []string{"1", "9999"} {
			if port["port"] != other && port["port"] != "0" {
				out = append(out, func() { port["port"] = other; delete(port, "endPort") })
			}
		}
		return out
	})},
	{"every port", onCiliumPorts(func(of fields, list []any, i int) []func() {
		port := list[i].(fields)
		if port["port"] == "0" || of["rules"] != nil {
			return nil
		}
		return only(func() { port["port"] = "0"; delete(port, "endPort") })
	})},
	{"another protocol", onCiliumPorts(func(_ fields, list []any, i int) (out []func()) {
		port := list[i].(fields)
		for _, other := range []string{"TCP", "UDP", "SCTP", "ANY"} {
			if port["protocol"] != other {
				out = append(out, func() { port["protocol"] = other })
			}
		}
		return out
	})},
	{"drop the end of a range", onCiliumPorts(func(_ fields, list []any, i int) []func() {
		port := list[i].(fields)
		if port["endPort"] == nil {
			return nil
		}
		return only(func() { delete(port, "endPort") })
	})},
	{"lengthen a range", onCiliumPorts(func(_ fields, list []any, i int) []func() {
		port := list[i].(fields)
		end, _ := port["endPort"].(float64)
		if end == 0 || end == 65535 {
			return nil
		}
		return only(func() { port["endPort"] = end + 1 })
	})},
}
