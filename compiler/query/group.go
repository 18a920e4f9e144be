package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// group is differences that the language can write as one line of lists: from several
// parties to the same, or from one to several, on the same ports.
type group struct {
	from, to []string
	lines    []Difference
}

// grouped joins differences to as few lines as their lists allow, in order.
func grouped(list []Difference) []*group {
	groups := make([]*group, len(list))
	for i, d := range list {
		groups[i] = &group{[]string{d.From.Name}, []string{d.To.Name}, []Difference{d}}
	}
	groups = joined(groups, func(g *group) (same, differ *[]string) { return &g.to, &g.from })
	groups = joined(groups, func(g *group) (same, differ *[]string) { return &g.from, &g.to })
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Or(slices.Compare(a.from, b.from), slices.Compare(a.to, b.to))
	})
	return groups
}

// joined joins groups that have one side in common.
func joined(groups []*group, sides func(*group) (same, differ *[]string)) []*group {
	first := map[string]*group{}
	return slices.DeleteFunc(groups, func(g *group) bool {
		same, differ := sides(g)
		key := fmt.Sprint(strings.Join(*same, ","), " :", g.lines[0].Ports, g.lines[0].Partly, g.lines[0].Perhaps)
		wider := first[key]
		if wider == nil {
			first[key] = g
			return false
		}
		_, list := sides(wider)
		*list = append(*list, *differ...)
		wider.lines = append(wider.lines, g.lines...)
		return true
	})
}

// line is the group as an edge of the language.
func (g group) line() string {
	s := strings.Join(g.from, ", ") + " -> " + strings.Join(g.to, ", ") + " :" + g.lines[0].Ports.String()
	if g.lines[0].Partly {
		s += "  (in part)"
	}
	if g.lines[0].Perhaps {
		s += "  (perhaps)"
	}
	return s
}

// because names what the lines are from, each once; of pods that nothing isolates, that.
func (g group) because() string {
	var all []string
	for _, d := range g.lines {
		why := because(d.Connection)
		if len(d.Workloads) > 0 {
			why = strings.Join(d.Workloads, ", ") + ": " + why
		}
		if !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	return few(all)
}

// workloads names the workloads that the group is about, where they are known and few.
func (g group) workloads() string {
	var all []string
	for _, d := range g.lines {
		all = append(all, d.Workloads...)
	}
	slices.Sort(all)
	return few(slices.Compact(all))
}
