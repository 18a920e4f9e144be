package policies

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar"
)

// telling are the keys of labels that name pods, the most telling first.
var telling = []string{
	"app.kubernetes.io/name", "name", "app", "k8s-app", "app.kubernetes.io/component", "component", "role", "tier",
	"app.kubernetes.io/instance", "instance",
}

// nameAll names the tiers, environments and externals.
func (d *draft) nameAll() {
	byBase := map[[2]string][]*party{} // by namespace, "" for what the whole program sees
	var order [][2]string
	for _, p := range d.named() {
		base := [2]string{p.namespace, clean(cmp.Or(d.base(p), "pods"))}
		if byBase[base] == nil {
			order = append(order, base)
		}
		byBase[base] = append(byBase[base], p)
	}
	slices.SortFunc(order, func(a, b [2]string) int { return cmp.Or(-cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	// Tiers come first: what the whole program sees avoids their names, so no bare name is ambiguous.
	taken, anywhere := map[[2]string]bool{}, map[string]bool{}
	give := func(p *party, names ...string) {
		isFree := func(name string) bool {
			if p.namespace == "" && (anywhere[name] || name == kubeDNS) || taken[[2]string{p.namespace, name}] {
				return false
			}
			return !grammar.Reserved(name) && name != everyPod
		}
		name := names[0]
		if grammar.Reserved(name) {
			names = append(names, clean(name+"-pods"))
		}
		if i := slices.IndexFunc(names, isFree); i >= 0 {
			name = names[i]
		}
		for n := 2; !isFree(name); n++ {
			name = clean(names[0]) + "-" + strconv.Itoa(n)
		}
		p.name = name
		taken[[2]string{p.namespace, name}], anywhere[name] = true, true
	}
	for _, base := range order {
		same := byBase[base]
		slices.SortFunc(same, func(a, b *party) int {
			if a.isKubeDNS() != b.isKubeDNS() { // its name is given
				return map[bool]int{true: -1, false: 1}[a.isKubeDNS()]
			}
			return cmp.Compare(selectorText(a), selectorText(b))
		})
		for _, p := range same {
			names := apart(base[1], p, same)
			if p.kind == spacesTier {
				names = append(names, d.across(p, base[1]))
			}
			give(p, names...)
		}
	}
}

// kubeDNS is what every program calls the pods of its resolvers, if it says nothing else.
const kubeDNS = "kube-dns"

// across returns the name of a tier across namespaces whose own is that of a tier of one.
func (d *draft) across(p *party, base string) string {
	if p.spaces.IsAny() {
		return clean("any-" + base)
	}
	return clean(base + "-" + d.base(d.parties.spaces(p.spaces)))
}

// named lists the parties that are declared.
func (d *draft) named() (out []*party) {
	for _, p := range d.parties.list {
		if !d.declares(p) {
			continue
		}
		if p.isTier() || p.kind == spacesPods && !p.isCluster() || p.kind == addresses && p.isDeclared() {
			out = append(out, p)
		}
	}
	return out
}

// declares reports whether the program needs a party: at the end of an edge, or to isolate pods that no
// other tier isolates.
func (d *draft) declares(p *party) bool {
	if d.used[p] {
		return true
	}
	own := d.isolates(p.namespace).of(p)
	return slices.ContainsFunc(directions, func(direction relation.Direction) bool {
		return own[direction] && d.sides[direction][p.namespace].alone[p]
	})
}

func selectorText(p *party) string {
	return p.spaces.String() + "\x00" + p.pods.String() + "\x00" + p.key
}

// base returns the name of a party that it has unless others would have it too.
func (d *draft) base(p *party) string {
	switch p.kind {
	case addresses:
		return outsideName(p)
	case spacesPods:
		return cmp.Or(value(p.spaces, telling...), described(p.spaces), "namespaces")
	}
	if p.isKubeDNS() {
		return kubeDNS
	}
	if w := d.carriers(p); len(w) == 1 {
		return w[0].Name
	}
	if v := value(p.pods, telling...); v != "" {
		return v
	}
	if p.owned && len(p.policies) > 0 {
		return strings.TrimPrefix(d.policies[p.policies[0]].Object.Name, emittedPrefix)
	}
	return described(p.pods)
}

// outsideName returns the name of addresses.
func outsideName(p *party) string {
	if len(p.hosts) > 0 {
		return hostLabel(p.hosts[0])
	}
	switch p.blocks[0].cidr {
	case "0.0.0.0/0":
		return "outside"
	case "::/0":
		return "outside-v6"
	}
	return "net-" + p.blocks[0].cidr
}

// hostLabel returns the most telling label of a DNS name: the one that its owner has registered.
func hostLabel(host string) string {
	labels := strings.Split(strings.TrimPrefix(host, "*."), ".")
	last := len(labels) - 2                                             // without the top domain
	if last > 0 && len(labels[last]) <= 3 && len(labels[last+1]) == 2 { // as in co.uk
		last--
	}
	return labels[max(last, 0)]
}

// emittedPrefix is before a tier's name in the policies that zt emits.
const emittedPrefix = "allow-"

// apart returns names for a party that others of the same name do not have, the best first.
func apart(base string, p *party, same []*party) (names []string) {
	if len(same) > 1 && len(p.hosts) > 0 {
		return []string{base, clean(p.hosts[0])}
	}
	if len(same) == 1 || !p.isTier() || p.isKubeDNS() {
		return []string{base}
	}
	widest := func(p *party) bool {
		return !slices.ContainsFunc(same, func(o *party) bool { return !o.pods.Implies(p.pods) })
	}
	if widest(p) {
		return []string{clean("any-" + base), base}
	}
	left := slices.DeleteFunc(slices.Clone(same), widest)
	if len(left) == 1 {
		return []string{base}
	}
	keys := slices.Clone(telling)
	for _, k := range p.pods.Keys() {
		if !slices.Contains(keys, k.Key) {
			keys = append(keys, k.Key)
		}
	}
	for _, key := range keys {
		own := value(p.pods, key)
		others := func(o *party) bool { return o != p && value(o.pods, key) == own }
		if own != "" && clean(own) != base && !slices.ContainsFunc(left, others) {
			return []string{clean(base + "-" + own), base}
		}
	}
	var different []relation.Requirement
	for _, k := range p.pods.Keys() {
		shared := func(o *party) bool {
			return relation.Requirement{Key: k.Key, Values: o.pods.Get(k.Key)}.String() == k.String()
		}
		if slices.ContainsFunc(same, func(o *party) bool { return !shared(o) }) {
			different = append(different, k)
		}
	}
	if text := described(relation.Select(different...)); text != "" && clean(text) != base {
		return []string{clean(base + "-" + text), base}
	}
	return []string{base}
}

// value returns the value that a selector requires of the first of some keys of which it requires
// one, or the end of the key where the value says only "yes".
func value(s relation.Selector, keys ...string) string {
	for _, key := range keys {
		if v := s.Get(key); !v.Others && !v.Absent && len(v.Names) == 1 {
			return shown(key, v.Names[0])
		}
	}
	return ""
}

func shown(key, value string) string {
	if _, err := strconv.Atoi(value); err == nil || slices.Contains([]string{"", "true", "yes", "on", "enabled"}, value) {
		return key[strings.LastIndexByte(key, '/')+1:]
	}
	if value == "false" {
		return "no-" + key[strings.LastIndexByte(key, '/')+1:]
	}
	return value
}

// described returns a short name for what a selector requires.
func described(s relation.Selector) string {
	var words []string
	for _, k := range s.Keys() {
		short, _, _ := strings.Cut(k.Key[strings.LastIndexByte(k.Key, '/')+1:], ".")
		if k.Key == relation.NameLabel {
			short = "namespaces"
		}
		switch v := k.Values; {
		case !v.Others && !v.Absent && len(v.Names) > 0:
			for _, name := range v.Names {
				words = append(words, shown(k.Key, name))
			}
		case v.Others && len(v.Names) == 0:
			words = append(words, short)
		case v.Absent && !v.Others:
			words = append(words, "no", short)
		case len(v.Names) <= 2:
			words = append(words, "not")
			for _, name := range v.Names {
				words = append(words, shown(k.Key, name))
			}
		default:
			words = append(words, "other", short)
		}
	}
	const most = 32
	text := ""
	for _, w := range words {
		if text != "" && len(text)+len(w) >= most {
			break
		}
		text += "-" + w
	}
	return strings.Trim(text, "-")
}

// clean returns a text as a name of the language.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, text)
	const longest = 55 // leaves room for a number
	if len(text) > longest {
		text = text[:longest]
	}
	return cmp.Or(strings.Trim(text, "-"), "pods")
}
