package model

import "slices"

// names knows what the declarations of a program are called, in every stamp,
// built or not, and so which of them a place can mean by a bare name. It errs on
// the side of "not this one": whole names are always right.
type names struct {
	p *program
	// tiers is every tier by its bare name.
	tiers map[string][]declared
	// built is the tiers of this build by their whole name.
	built map[string]*tier
	// own holds the tiers and externals of each namespace.
	own map[string]map[string]bool
	// spacesIn and externalsIn hold the declarations in the block of each environment.
	spacesIn    map[string]map[string]bool
	externalsIn map[string]map[string]bool
	top         map[string]bool // externals at the top, and environments
}

// declared is a tier in one stamp.
type declared struct {
	space, stamp string
}

func (p *program) names() *names {
	n := &names{
		p: p, tiers: map[string][]declared{}, built: map[string]*tier{}, own: map[string]map[string]bool{},
		spacesIn: map[string]map[string]bool{}, externalsIn: map[string]map[string]bool{}, top: map[string]bool{},
	}
	n.add(&p.top, "")
	for _, x := range p.top.externals {
		n.top[x.name] = true
	}
	for _, t := range p.top.across {
		n.top[t.names[0]] = true
	}
	for _, e := range p.envs {
		for _, name := range e.names {
			n.top[name] = true
			if e.body == nil {
				continue
			}
			n.add(e.body, name)
			for _, x := range e.body.externals {
				mark(n.externalsIn, name, x.name)
			}
			for _, t := range e.body.across {
				mark(n.externalsIn, name, t.names[0])
			}
		}
	}
	n.addTier(preludeTier, "kube-system", "")
	return n
}

var preludeTier = &tier{names: []string{"kube-dns"}, listens: []portSpec{{low: 53, high: 53, protocol: "udp"}, {low: 53, high: 53, protocol: "tcp"}}}

func mark(m map[string]map[string]bool, key, name string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][name] = true
}

func (n *names) add(b *block, stamp string) {
	for _, s := range b.spaces {
		space := stamped(s.name, stamp)
		mark(n.own, space, "")
		mark(n.spacesIn, stamp, space)
		for _, t := range s.body.tiers {
			n.addTier(t, space, stamp)
		}
		for _, x := range s.body.externals {
			mark(n.own, space, x.name)
		}
	}
	for _, t := range b.tiers {
		mark(n.spacesIn, stamp, n.p.defaultNamespace())
		n.addTier(t, n.p.defaultNamespace(), stamp)
	}
}

func (n *names) addTier(t *tier, space, stamp string) {
	for _, name := range t.names {
		mark(n.own, space, name)
		n.tiers[name] = append(n.tiers[name], declared{space, stamp})
		if stamp == "" || n.p.builds(stamp) {
			n.built[space+"/"+name] = t
		}
	}
}

// stamps returns the names that a place is stamped for; one empty one outside environments.
func (s scope) stamps() []string {
	if s.env == nil {
		return []string{""}
	}
	return s.env.names
}

// bare reports whether a bare name means the tier, environment or external
// at a place.
func (n *names) bare(at scope, r ref) bool {
	return !slices.ContainsFunc(at.stamps(), func(stamp string) bool {
		if r.kind == tierRef {
			return !n.bareTier(at, r, stamp)
		}
		return !n.bareOther(at, r, stamp)
	})
}

func (n *names) bareTier(at scope, r ref, stamp string) bool {
	space := stamped(r.space, stamp)
	if at.space != "" {
		// Inside a namespace: its own.
		return space == stamped(at.space, stamp) && n.built[space+"/"+r.name] != nil
	}
	if at.env != nil {
		// In an environment's block: the stamp's own. Whether those are also the tiers that the
		// namespaces of its block have from elsewhere is left open here.
		own := false
		for _, d := range n.tiers[r.name] {
			if (d.stamp == stamp || n.spacesIn[stamp][d.space]) && d.space != space {
				return false
			}
			own = own || d.stamp == stamp
		}
		if own || n.externalsIn[stamp][r.name] {
			return own && !n.externalsIn[stamp][r.name]
		}
	}
	// At the top: any tier, if there is only one of that name.
	return !n.top[r.name] && !slices.ContainsFunc(n.tiers[r.name], func(d declared) bool { return d.space != space })
}

func (n *names) bareOther(at scope, r ref, stamp string) bool {
	name := r.name
	inSpace, inEnv := false, false // where it is declared
	if r.kind == externalRef {
		name = r.external.name
		inSpace = r.space != ""
		inEnv = !inSpace && !slices.Contains(n.p.top.externals, r.external)
	}
	if r.kind == acrossRef {
		name = r.across.names[0]
		inEnv = !slices.Contains(n.p.top.across, r.across)
	}
	switch {
	case inSpace:
		return at.space == r.space
	case at.space != "" && n.own[stamped(at.space, stamp)][name]:
		return false
	case inEnv:
		its := at.env != nil && (slices.Contains(at.env.body.externals, r.external) || slices.Contains(at.env.body.across, r.across))
		return its && (at.space != "" || len(n.tiers[name]) == 0)
	case at.env != nil && n.externalsIn[stamp][name]:
		return false
	}
	return at.space != "" || len(n.tiers[name]) == 0
}
