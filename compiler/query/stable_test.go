package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/source"
)

// everything writes what a view answers, in every form.
func everything(t rapid.TB, v *Model, questions []string) string {
	t.Helper()
	var b bytes.Buffer
	asJSON := func(value any) {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", data)
	}
	connections := v.Reach()
	undecided := v.Undecided(connections, nil, nil)
	for _, write := range []func(io.Writer, []Connection, []Undecided) error{v.WriteConnections, v.WriteConnectionsJSON} {
		if err := write(&b, connections, undecided); err != nil {
			t.Fatal(err)
		}
	}
	graph := v.Graph(connections)
	for _, write := range []func(io.Writer, iter.Seq[Path], []Undecided) error{WritePaths, WritePathsJSON} {
		if err := write(&b, graph.Chains(nil, nil), undecided); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range questions {
		q, err := v.Query(text)
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		a := v.Why(q)
		a.WriteText(&b)
		asJSON(a.JSON())
	}
	return b.String()
}

// comparison writes what differs, in every form.
func comparison(t rapid.TB, old, new *Model) string {
	t.Helper()
	var b bytes.Buffer
	c := Compare(old, new)
	c.WriteText(&b)
	c.WriteMarkdown(&b)
	data, err := json.Marshal(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	b.Write(data)
	return b.String()
}

// TestAnswersAreStable gives the same objects in another order: the answers are the same, byte for byte.
func TestAnswersAreStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := changes.Draw(t, "change")
		random := rand.New(rand.NewPCG(c.seed, 4))
		read := func(of *cluster) *inventory.Inventory {
			var files []*source.File
			for i, o := range of.objects() {
				files = append(files, source.NewFile(fmt.Sprintf("f%d.yaml", i), asYAML([]object{o})))
			}
			if len(files) == 0 {
				files = append(files, source.NewFile("none.yaml", asJSON(nil)))
			}
			random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
			return inventoryOfFiles(t, files)
		}
		questions := []string{"nobody -> shop/* :80", "shop/* -> pay/* :80", "internet -> default/* :http", "shop/{app=web} -> pay/{app=db}", "cluster -> shop/*"}
		for _, w := range c.old.workloads {
			questions = append(questions, w.String()+" -> 10.0.0.1 :443", "cluster -> "+w.String())
		}
		answers := func() string {
			old, new := viewOfInventory(t, read(c.old)), viewOfInventory(t, read(c.new))
			return everything(t, old, questions) + comparison(t, old, new) + comparison(t, new, old)
		}
		first, again := answers(), answers()
		if first != again {
			t.Fatal(cmp.Diff(first, again))
		}
	})
}

// TestAnswersOfTopologiesAreStable compiles a program twice.
func TestAnswersOfTopologiesAreStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, other := programs.Draw(t, "program"), programs.Draw(t, "another")
		questions := []string{"kube-system/kube-dns -> internet :80", "cluster -> default/*", "cluster -> kube-system/kube-dns :53/udp", "dev -> nobody"}
		answers := func() string {
			v := viewOfProgram(t, p.text)
			return everything(t, v, questions) + comparison(t, v, viewOfProgram(t, other.text))
		}
		if first, again := answers(), answers(); first != again {
			t.Fatal(cmp.Diff(first, again))
		}
	})
}
