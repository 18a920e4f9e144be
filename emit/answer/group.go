package answer

import (
	"cmp"
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
func grouped(list []Difference) []group {
	groups := make([]group, len(list))
	for i, d := range list {
		groups[i] = group{[]string{d.From.Name}, []string{d.To.Name}, []Difference{d}}
	}
	groups = joined(groups, func(g *group) (same, differ *[]string) { return &g.to, &g.from })
	groups = joined(groups, func(g *group) (same, differ *[]string) { return &g.from, &g.to })
	slices.SortStableFunc(groups, func(a, b group) int {
		return cmp.Or(slices.Compare(a.from, b.from), slices.Compare(a.to, b.to))
	})
	return groups
}

// joined joins groups that have one side in common.
func joined(groups []group, sides func(*group) (same, differ *[]string)) []group {
	var out []group
	at := map[string]int{}
	for _, g := range groups {
		same, differ := sides(&g)
		key := strings.Join(*same, ",") + " :" + g.lines[0].Ports.String()
		if g.lines[0].Partly {
			key += " in part"
		}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, g)
			continue
		}
		_, list := sides(&out[i])
		*list = append(slices.Clone(*list), *differ...)
		out[i].lines = append(slices.Clone(out[i].lines), g.lines...)
	}
	return out
}

// line is the group as an edge of the language.
func (g group) line() string {
	s := strings.Join(g.from, ", ") + " -> " + strings.Join(g.to, ", ") + " :" + g.lines[0].Ports.String()
	if g.lines[0].Partly {
		s += "  (in part)"
	}
	return s
}

// because names what the lines are from, each once; of pods that nothing isolates, that.
func (g group) because() string {
	var all []string
	for _, d := range g.lines {
		why := because(d.Connection)
		if len(d.Because) == 0 {
			why = "no policy isolates these pods"
		}
		if !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	return few(all)
}
