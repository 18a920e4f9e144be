package policycheck

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// bySubject finds positions of a list by the pods that its items are about: in thousands of policies, few
// items are about pods that another one is about.
type bySubject struct{ in map[string]*subjects } // by namespace; "" for items about several

type subjects struct {
	positions []int
	pods      []relation.Selector
	index     *relation.Index
}

func (b *bySubject) add(namespace string, pods relation.Selector, position int) {
	if b.in == nil {
		b.in = map[string]*subjects{}
	}
	if b.in[namespace] == nil {
		b.in[namespace] = &subjects{}
	}
	s := b.in[namespace]
	s.positions, s.pods = append(s.positions, position), append(s.pods, pods)
}

// overlapping lists, in order, the positions of items that may be about some of these pods: of a namespace,
// or "" for any.
func (b *bySubject) overlapping(namespace string, pods relation.Selector) (out []int) {
	for in, s := range b.in {
		if in != "" && namespace != "" && in != namespace {
			continue
		}
		if s.index == nil {
			s.index = relation.NewIndex(s.pods)
		}
		for _, i := range s.index.Overlapping(pods) {
			out = append(out, s.positions[i])
		}
	}
	slices.Sort(out)
	return out
}
