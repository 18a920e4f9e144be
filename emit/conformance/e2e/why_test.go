package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// questions is how many cells `zt why` is asked about on each stage. All others
// are held to the relation that it answers from.
const questions = 40

// askWhy holds `zt why` to what was seen to get through, which the topology's
// relation says: half of the cells are permitted, half are not.
func (st *stage) askWhy(t *testing.T, c *topology, number uint64) {
	t.Helper()
	permits := st.permits(c)
	for _, want := range []bool{true, false} {
		for _, cell := range st.sample(questions/2, number, func(cell scene.Cell) bool {
			return permits(cell) == want && st.canBeAsked(cell)
		}) {
			if got := why(t, c, cell); got != want {
				t.Errorf("%v: zt why says %t", cell, got)
			}
		}
	}
}

// canBeAsked reports whether a question can say all that there is to know of a
// cell: of a namespace that nobody declares, it knows no labels but the name.
func (st *stage) canBeAsked(c scene.Cell) bool {
	for _, p := range []*scene.Party{c.From, c.To} {
		if p.Namespace != "" && strings.HasPrefix(p.Namespace, "elsewhere-") {
			return false
		}
	}
	return true
}

// why asks `zt why` whether a cell is permitted: by its number, or by what the
// container calls it.
func why(t *testing.T, c *topology, cell scene.Cell) bool {
	t.Helper()
	ports := []string{relation.PortRange{Protocol: cell.Port.Protocol, Low: cell.Port.Number, High: cell.Port.Number}.String()}
	for _, name := range cell.Port.Names {
		ports = append(ports, name+"/"+cell.Port.Protocol.String())
	}
	return slices.ContainsFunc(ports, func(port string) bool {
		question := fmt.Sprintf("%s -> %s :%s", asked(cell.From, cell.V6), asked(cell.To, cell.V6), port)
		args := append([]string{"why", "--format", "json"}, c.args...)
		out, yes := zt(t, nil, append(args, question)...)
		var answer struct{ Permitted *bool }
		if err := json.Unmarshal(out, &answer); err != nil || answer.Permitted == nil || *answer.Permitted != yes {
			t.Fatalf("zt why %q: %v, exit code for %t, and the answer\n%s", question, err, yes, out)
		}
		total.asked.Add(1)
		return yes
	})
}

// asked writes a party as questions do.
func asked(p *scene.Party, v6 bool) string {
	if p.Namespace == "" {
		return p.Addr(v6).String()
	}
	var labels []string
	for _, k := range slices.Sorted(maps.Keys(p.Labels)) {
		labels = append(labels, k+"="+p.Labels[k])
	}
	return fmt.Sprintf("%s/{%s}", p.Namespace, strings.Join(labels, ","))
}
