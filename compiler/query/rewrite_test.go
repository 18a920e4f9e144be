package query

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// clone copies a value of a manifest.
func clone[T any](v T) T {
	var copied any = v
	switch x := any(v).(type) {
	case object:
		o := object{}
		for k, e := range x {
			o[k] = clone(e)
		}
		copied = o
	case []any:
		if x != nil {
			l := make([]any, len(x))
			for i, e := range x {
				l[i] = clone(e)
			}
			copied = l
		}
	}
	return copied.(T)
}

// rewritten returns policies that permit the same, written in other words.
func (d drawer) rewritten(policies []object) []object {
	out := clone(toAny(policies))
	for range 1 + d.n(6) {
		if len(out) == 0 {
			break
		}
		i := d.n(len(out))
		p := out[i].(object)
		spec := p["spec"].(object)
		switch d.n(7) {
		case 0: // one of many policies twice
			out = append(out, renamed(p, "again", len(out)))
		case 1: // what is defaulted
			if spec["podSelector"] == nil {
				spec["podSelector"] = object{}
			}
			if types, _ := spec["policyTypes"].([]any); len(types) == 0 {
				spec["policyTypes"] = []any{"Ingress"}
				if egress, _ := spec["egress"].([]any); len(egress) > 0 {
					spec["policyTypes"] = []any{"Egress", "Ingress"}
				}
			}
		case 2: // a policy for each direction
			if types, _ := spec["policyTypes"].([]any); len(types) == 2 {
				other := renamed(p, "other", len(out))
				spec["policyTypes"], other["spec"].(object)["policyTypes"] = types[:1], types[1:]
				out = append(out, other)
			}
		case 3: // a policy for each value of an In
			for _, e := range listOf(spec["podSelector"], "matchExpressions") {
				e := e.(object)
				if values := listOf(e, "values"); e["operator"] == "In" && len(values) > 1 {
					all := values
					e["values"] = all[:1]
					other := renamed(p, "split", len(out))
					e["values"] = all[1:]
					out = append(out, other)
					break
				}
			}
		case 4:
			d.rewriteSelector(spec["podSelector"])
		default:
			d.rewriteRules(spec, namespaceIn(p))
		}
	}
	shuffled(d, out)
	var policiesOut []object
	for _, o := range out {
		policiesOut = append(policiesOut, o.(object))
	}
	return policiesOut
}

func toAny(policies []object) []any {
	var out []any
	for _, p := range policies {
		out = append(out, p)
	}
	return out
}

func namespaceIn(p object) string {
	if ns, ok := p["metadata"].(object)["namespace"].(string); ok {
		return ns
	}
	return "default"
}

func renamed(p object, name string, i int) object {
	p = clone(p)
	p["metadata"].(object)["name"] = fmt.Sprintf("%s-%d", name, i)
	return p
}

func listOf(of any, key string) []any {
	o, _ := of.(object)
	l, _ := o[key].([]any)
	return l
}

func shuffled(d drawer, l []any) {
	for i := range l {
		j := i + d.n(len(l)-i)
		l[i], l[j] = l[j], l[i]
	}
}

// rewriteSelector writes each label as a requirement, and each requirement in two.
func (d drawer) rewriteSelector(s any) {
	o, ok := s.(object)
	if !ok {
		return
	}
	expressions := listOf(o, "matchExpressions")
	if labels, _ := o["matchLabels"].(object); len(labels) > 0 && d.chance(50) {
		for _, k := range slices.Sorted(maps.Keys(labels)) {
			expressions = append(expressions, object{"key": k, "operator": "In", "values": []any{labels[k], labels[k]}})
		}
		delete(o, "matchLabels")
	}
	for _, e := range expressions {
		e := e.(object)
		if values := listOf(e, "values"); e["operator"] == "NotIn" && len(values) > 1 {
			e["values"] = values[:1]
			expressions = append(expressions, object{"key": e["key"], "operator": "NotIn", "values": values[1:]})
		}
	}
	shuffled(d, expressions)
	o["matchExpressions"] = expressions
}

func (d drawer) rewriteRules(spec object, ns string) {
	direction, peers := "ingress", "from"
	if d.chance(50) {
		direction, peers = "egress", "to"
	}
	rules := listOf(spec, direction)
	if len(rules) == 0 {
		return
	}
	r := rules[d.n(len(rules))].(object)
	split := func(key string) {
		if l := listOf(r, key); len(l) > 1 {
			other := clone(r)
			r[key], other[key] = l[:1], l[1:]
			rules = append(rules, other)
		}
	}
	switch d.n(6) {
	case 0:
		split(peers)
	case 1:
		split("ports")
	case 2:
		r["ports"] = d.rewritePorts(listOf(r, "ports"))
	case 3:
		r[peers] = d.rewritePeers(listOf(r, peers), ns)
	case 4:
		rules = append(rules, clone(rules[d.n(len(rules))]))
	default:
		for _, p := range listOf(r, peers) {
			d.rewriteSelector(p.(object)["podSelector"])
			d.rewriteSelector(p.(object)["namespaceSelector"])
		}
	}
	shuffled(d, rules)
	spec[direction] = rules
}

// rewritePorts splits ranges in two, and writes ports as ranges.
func (d drawer) rewritePorts(ports []any) []any {
	for _, p := range ports {
		p := p.(object)
		if p["protocol"] == nil {
			p["protocol"] = "TCP"
		}
		low, isNumber := p["port"].(int)
		if !isNumber {
			continue
		}
		high, isRange := p["endPort"].(int)
		if !isRange {
			p["endPort"] = low
		} else if low < high {
			middle := low + d.n(high-low)
			p["endPort"] = middle
			ports = append(ports, object{"protocol": p["protocol"], "port": middle + 1, "endPort": high})
		}
	}
	shuffled(d, ports)
	return ports
}

// rewritePeers says everybody in other words, and the own namespace by its name, and cuts blocks in two.
func (d drawer) rewritePeers(peers []any, ns string) []any {
	if len(peers) == 0 {
		return []any{object{"namespaceSelector": object{}}, object{"ipBlock": object{"cidr": "0.0.0.0/0"}}, object{"ipBlock": object{"cidr": "::/0"}}}
	}
	var out []any
	for _, p := range peers {
		p := p.(object)
		block, isBlock := p["ipBlock"].(object)
		switch {
		case isBlock && block["except"] == nil:
			cidr := netip.MustParsePrefix(block["cidr"].(string))
			if cidr.IsSingleIP() {
				break
			}
			half := netip.PrefixFrom(cidr.Addr(), cidr.Bits()+1)
			upper := cidr.Addr().AsSlice()
			upper[cidr.Bits()/8] |= 0x80 >> (cidr.Bits() % 8)
			a, _ := netip.AddrFromSlice(upper)
			block["cidr"] = half.String()
			out = append(out, object{"ipBlock": object{"cidr": netip.PrefixFrom(a, half.Bits()).String()}})
		case !isBlock && p["namespaceSelector"] == nil:
			p["namespaceSelector"] = object{"matchLabels": object{"kubernetes.io/metadata.name": ns}}
		case !isBlock && p["podSelector"] == nil:
			p["podSelector"] = object{}
		}
		out = append(out, p)
	}
	shuffled(d, out)
	return out
}

// changed returns policies of which one says something else, which may come to the same.
func (d drawer) changed(policies []object) []object {
	out := clone(toAny(policies))
	if len(out) == 0 {
		return []object{d.policy(pick(d, spaceNames...), "new")}
	}
	i := d.n(len(out))
	p := out[i].(object)
	spec, drawn := p["spec"].(object), d.policy("default", "drawn")["spec"].(object)
	direction, peers := "ingress", "from"
	if d.chance(50) {
		direction, peers = "egress", "to"
	}
	rules := listOf(spec, direction)
	switch k := d.n(7); {
	case k == 0:
		out = slices.Delete(out, i, i+1)
	case k == 1:
		spec["podSelector"] = drawn["podSelector"]
	case k == 2:
		spec["policyTypes"] = drawn["policyTypes"]
	case k == 3 && len(rules) > 0:
		spec[direction] = slices.Delete(rules, 0, 1)
	case k == 4 && len(rules) > 0:
		r := rules[d.n(len(rules))].(object)
		r["ports"] = append(listOf(r, "ports"), d.port())
	case k == 5 && len(rules) > 0:
		r := rules[d.n(len(rules))].(object)
		r[peers] = append(listOf(r, peers), d.peer())
	default:
		spec[direction] = append(rules, d.rule(peers))
	}
	var policiesOut []object
	for _, o := range out {
		policiesOut = append(policiesOut, o.(object))
	}
	return policiesOut
}
