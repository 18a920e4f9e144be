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

// questions is the number of cells for `zt why` on each stage. All others are compared with the
// relation from which it answers.
const questions = 40

// askWhy compares `zt why` with what got through. Half of the cells are permitted.
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

// canBeAsked reports whether a question can describe a cell: it cannot give the labels of an
// undeclared namespace.
func (st *stage) canBeAsked(c scene.Cell) bool {
	for _, p := range []*scene.Party{c.From, c.To} {
		if p.Namespace != "" && strings.HasPrefix(p.Namespace, "elsewhere-") {
			return false
		}
	}
	return true
}

// why asks `zt why` whether a cell is permitted, by the port's number or by its name.
func why(t *testing.T, c *topology, cell scene.Cell) bool {
	t.Helper()
	ports := []string{relation.PortRange{Protocol: cell.Port.Protocol, Low: cell.Port.Number, High: cell.Port.Number}.String()}
	for _, name := range cell.Port.Names {
		ports = append(ports, name+"/"+cell.Port.Protocol.String())
	}
	return slices.ContainsFunc(ports, func(port string) bool {
		question := fmt.Sprintf("%s -> %s :%s", asked(cell.From, cell.V6), asked(cell.To, cell.V6), port)
		args := append([]string{"why", "--format", "json"}, c.Args...)
		out, yes := zt(t, nil, append(args, question)...)
		var answer struct{ Permitted *bool }
		if err := json.Unmarshal(out, &answer); err != nil || answer.Permitted == nil || *answer.Permitted != yes {
			t.Fatalf("zt why %q: %v, exit code for %t, and the answer\n%s", question, err, yes, out)
		}
		total.asked.Add(1)
		return yes
	})
}

// asked writes a party as in a question.
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
