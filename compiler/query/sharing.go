package query

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// among is the parties of a restriction, each with those asked for that have all of its members. If it
// is nil, there is no restriction.
type among map[*Party][]*Party

func (a among) has(p *Party) bool {
	_, ok := a[p]
	return a == nil || ok
}

// around returns a party and those asked for that have all of its members.
func (a among) around(p *Party) []*Party { return append([]*Party{p}, a[p]...) }

// sharing returns the parties that are asked for, and those that share members with them: a connection
// from an address of the internet is one from the internet. It is nil if none are asked for.
//
// A party that has all members of one asked for is left out, since its connections are listed as ones
// of that. So is all, which speaks for the other side only.
func (v *Model) sharing(asked []*Party) among {
	if len(asked) == 0 {
		return nil
	}
	out := among{}
	for _, q := range asked {
		out[q] = nil
	}
	for _, p := range v.Parties {
		if slices.Contains(asked, p) {
			continue
		}
		for _, q := range asked {
			if !v.shares(p, q) {
				continue
			}
			list := out[p]
			if p.Host == "" && p.within(q.Parts, v.Relation.Facts) {
				list = append(list, q)
			}
			out[p] = list
		}
	}
	return out
}

// shares reports whether a party is among those that are asked about with another.
func (v *Model) shares(p, q *Party) bool {
	switch {
	case p.Free || q.Free:
		return false
	case slices.Contains(q.pods, p):
		return true
	case p.Host != "" || q.Host != "":
		return q.Host == "" && slices.ContainsFunc(q.Parts, func(part relation.Peer) bool { return v.fits(p.workload, part) })
	case p.workload != nil && q.workload != nil:
		return false // different workloads share no pod
	}
	return slices.ContainsFunc(p.Parts, func(a relation.Peer) bool {
		return slices.ContainsFunc(q.Parts, func(b relation.Peer) bool { return v.kin(a, b) })
	}) && !q.within(p.Parts, v.Relation.Facts)
}

// kin reports whether two peers share members, of pods with labels of which the ones are the others or
// more. Else they share only pods that have the labels of both, which nearly all peers do.
func (v *Model) kin(a, b relation.Peer) bool {
	if !a.Overlaps(b, v.Relation.Facts) {
		return false
	}
	pods, isPods := a.(relation.Pods)
	others, areOthers := b.(relation.Pods)
	return !isPods || !areOthers || pods.Labels.Implies(others.Labels) || others.Labels.Implies(pods.Labels)
}
