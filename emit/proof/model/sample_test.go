package model

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// sampler picks the parties and ports on which the two sides are compared: of what the program
// tells apart one of each, as far as the bounds let it, and others at random.
type sampler struct {
	w      *world
	random *rand.Rand
	values map[string][]string // of each pod label in selectors
}

func newSampler(w *world, seed uint64) *sampler {
	s := &sampler{w: w, random: rand.New(rand.NewPCG(seed, 1)), values: map[string][]string{}}
	for _, t := range w.allTiers() {
		for _, r := range t.selector {
			for _, v := range r.values {
				if !slices.Contains(s.values[r.key], v) {
					s.values[r.key] = append(s.values[r.key], v)
				}
			}
			if s.values[r.key] == nil {
				s.values[r.key] = []string{}
			}
		}
	}
	return s
}

// sample returns the parties to compare.
func (s *sampler) sample() []*party {
	var out []*party
	for _, name := range slices.Sorted(maps.Keys(s.w.spaces)) {
		out = append(out, s.pods(name, s.spaceLabels(name), 6)...)
	}
	for _, labels := range s.strangers() {
		out = append(out, s.pods(labels["kubernetes.io/metadata.name"], labels, 2)...)
	}
	for _, a := range s.addresses(24) {
		out = append(out, &party{addr: a})
	}
	return out
}

// spaceLabels returns the labels of a declared namespace: those of the program, and sometimes one
// that no program has.
func (s *sampler) spaceLabels(name string) map[string]string {
	labels := maps.Clone(s.w.spaces[name].labels)
	if s.random.IntN(3) == 0 {
		labels["unspoken"] = "yes"
	}
	return labels
}

// strangers returns the labels of namespaces that the program does not declare. Some of them belong
// to an environment by their labels.
func (s *sampler) strangers() []map[string]string {
	out := s.w.everyStranger()
	for _, name := range slices.Sorted(maps.Keys(s.w.envs)) {
		// Its name does not put a namespace into an environment.
		out = append(out, map[string]string{nameKey: name, "env": name})
	}
	return slices.DeleteFunc(out, func(labels map[string]string) bool {
		return s.w.spaces[labels["kubernetes.io/metadata.name"]] != nil
	})
}

// combinations returns every combination of labels that selectors can tell apart.
func (s *sampler) combinations() []map[string]string {
	out := []map[string]string{{}}
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		var next []map[string]string
		for _, labels := range out {
			next = append(next, labels)
			for _, v := range append(slices.Clone(s.values[key]), "another") {
				with := maps.Clone(labels)
				with[key] = v
				next = append(next, with)
			}
		}
		out = next
	}
	return out
}

// classes returns the combinations of labels that are in different tiers of a
// namespace, one for each set of tiers.
func (s *sampler) classes(space string) []map[string]string {
	var tiers []*podSet
	for _, t := range s.w.allTiers() {
		if t.across || t.space == space {
			tiers = append(tiers, t)
		}
	}
	combinations := s.combinations()
	s.random.Shuffle(len(combinations), func(i, j int) { combinations[i], combinations[j] = combinations[j], combinations[i] })
	seen := map[string]bool{}
	return slices.DeleteFunc(combinations, func(labels map[string]string) bool {
		class := make([]byte, len(tiers))
		for i, t := range tiers {
			if holds(t.selector, labels) {
				class[i] = 1
			}
		}
		old := seen[string(class)]
		seen[string(class)] = true
		return old
	})
}

// pods returns pods of a namespace: one in each set of its tiers, at most most,
// and one more at random.
func (s *sampler) pods(space string, spaceLabels map[string]string, most int) []*party {
	classes := s.classes(space)
	chosen := classes[:min(most, len(classes))]
	all := s.combinations()
	chosen = append(slices.Clone(chosen), all[s.random.IntN(len(all))])
	var out []*party
	for _, labels := range chosen {
		out = append(out, &party{space: space, spaceLabels: spaceLabels, labels: labels, ports: s.namedPorts()})
	}
	return out
}

// namedPorts gives a pod named ports: other numbers in each, and some not at all.
func (s *sampler) namedPorts() map[string]int {
	out := map[string]int{}
	for _, name := range []string{"http", "domain", "x-1"} {
		for _, protocol := range protocols {
			if s.random.IntN(2) == 0 {
				out[name+"/"+protocol] = []int{80, 53, 8080, 86, 7777}[s.random.IntN(5)]
			}
		}
	}
	return out
}

var protocols = []string{"tcp", "udp", "sctp"}

// addresses returns the first and last addresses of the program's blocks, those next to them, and
// some others.
func (s *sampler) addresses(most int) []netip.Addr {
	var out []netip.Addr
	add := func(a netip.Addr) {
		if a.IsValid() && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	borders := func(p netip.Prefix) {
		last := lastOf(p)
		add(p.Addr())
		add(last)
		add(p.Addr().Prev())
		add(last.Next())
	}
	for _, e := range s.w.edges {
		for _, end := range []endpoint{e.from, e.to} {
			for _, b := range end.blocks {
				borders(b.cidr)
				for _, x := range b.except {
					borders(x)
				}
			}
		}
	}
	stated := s.w.network.borders()
	for _, list := range [][]netip.Prefix{notPublic, stated, stated, stated} {
		if len(list) > 0 {
			borders(list[s.random.IntN(len(list))])
		}
	}
	s.random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	out = out[:min(most, len(out))]
	for _, a := range []string{"1.1.1.1", "10.1.2.3", "203.0.113.7", "2606:4700::1111", "fd00:1::5"} {
		add(netip.MustParseAddr(a))
	}
	return out
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// somePorts returns ports at the ends of the edges' ranges and next to them, also in another
// protocol.
func (s *sampler) somePorts(most int) []port {
	var out []port
	add := func(protocol string, number int) {
		if p := (port{protocol, number}); 1 <= number && number <= 65535 && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, e := range s.w.edges {
		for _, p := range e.ports {
			if p.low > 0 {
				for _, n := range []int{p.low - 1, p.low, p.high, p.high + 1} {
					add(p.transport(), n)
				}
				add(protocols[s.random.IntN(3)], p.low)
			}
			if p.name != "" {
				add(p.transport(), 7777)
				add(p.transport(), 80)
			}
		}
	}
	s.random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	out = out[:min(most, len(out))]
	for _, p := range protocols {
		add(p, 7777)
	}
	add("tcp", 80)
	return out
}
