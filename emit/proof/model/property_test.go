package model

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// TestMain sets how many programs are drawn, and which: always the same, so that a change is
// judged by itself. With -rapid.seed=0 they are others each time, with -rapid.checks more.
func TestMain(m *testing.M) {
	flag.Parse()
	setEffort()
	defaults := map[string]string{"rapid.checks": run.programs, "rapid.seed": "1"}
	flag.Visit(func(f *flag.Flag) { delete(defaults, f.Name) })
	for name, value := range defaults {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// example is a program in a spelling, and what else a run draws.
type example struct {
	program  *program
	spelling uint64
	other    uint64 // another spelling
	sampling uint64
	text     sources // with its denies
}

// GoString shows an example where a failure is reported.
func (x example) GoString() string {
	return fmt.Sprintf("--namespace %q --environment %q, sampling %d\n%s", x.program.defaultSpace, x.program.chosen, x.sampling, x.text)
}

var examples = rapid.Custom(func(t *rapid.T) example { return draw(t, false) })

func draw(t *rapid.T, forbids bool) example {
	seed := rapid.Uint64Range(0, 1<<20)
	x := example{
		program:  generate(t, forbids),
		spelling: seed.Draw(t, "spelling"),
		other:    seed.Draw(t, "other spelling"),
		sampling: seed.Draw(t, "sampling"),
	}
	x.text = x.program.print(x.spelling, true)
	return x
}

var layouts = []target.Layout{target.ByTier, target.ByEdge}

// TestPrograms compiles random programs and compares what the emitted
// manifests permit, in both layouts, with what the language's definition says.
func TestPrograms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := examples.Draw(t, "program")
		w := expand(x.program)
		s := newSampler(w, x.sampling)
		topo := x.compile(t, w)
		var objects []*cluster
		for _, layout := range layouts {
			objects = append(objects, x.objects(t, topo, layout))
		}
		if difference := compare(w, objects, s.sample(), s.somePorts(16)); difference != "" {
			t.Fatal(difference)
		}
	})
}

// compile compiles the example; without its denies if they are violated.
func (x example) compile(t *rapid.T, w *world) *topology.Topology {
	topo, diags, err := compile(x.program, x.text)
	if err != nil {
		t.Fatal(err)
	}
	if complaint := w.checkDenies(diags); complaint != "" {
		t.Fatal(complaint)
	}
	if topo != nil {
		return topo
	}
	// Two endpoints of an isolate may be spelled the same, which is a duplicate. Any other duplicate
	// is also reported without the denies.
	broken := []diag.Code{diag.Denied, diag.DeniedPath, diag.Isolated, diag.Duplicate}
	for _, d := range diags {
		if d.Severity == diag.Error && !slices.Contains(broken, d.Code) {
			t.Fatalf("the program is refused:%s", messages(diags))
		}
	}
	topo, diags, err = compile(x.program, x.program.print(x.spelling, false))
	if err != nil || topo == nil {
		t.Fatalf("without its denies the program is refused: %v%s", err, messages(diags))
	}
	return topo
}

// objects lowers, emits and reads back.
func (x example) objects(t *rapid.T, topo *topology.Topology, layout target.Layout) *cluster {
	stream, err := emit(topo, layout)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decode(stream)
	if err != nil {
		t.Fatalf("%v\n%s", err, stream)
	}
	objects.as = x.program.network.enforcement()
	return objects
}

// compare looks for a cell on which some objects and the definition differ.
func compare(w *world, objects []*cluster, parties []*party, ports []port) string {
	for _, s := range parties {
		for _, d := range parties {
			if !s.isPod() && !d.isPod() {
				continue
			}
			want := w.meant(s, d)
			for i, c := range objects {
				got := c.link(s, d)
				for _, on := range ports {
					wanted, permitted := s == d || want.permits(on), s == d || got.permits(on)
					if wanted != permitted {
						return fmt.Sprintf("layout %d: from %v\nto %v\non %v: the language says %v, the objects say %v", i, s, d, on, wanted, permitted)
					}
				}
			}
		}
	}
	return ""
}

// TestSpellings writes each program in two spellings, and formats one: the
// objects are the same, down to their annotations.
func TestSpellings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := examples.Draw(t, "program")
		text := x.program.print(x.spelling, false)
		canonical, err := formatted(text)
		if err != nil {
			t.Fatal(err)
		}
		first := x.lower(t, text)
		for _, other := range []sources{canonical, x.program.print(x.other, false)} {
			if again := x.lower(t, other); !reflect.DeepEqual(first, again) {
				t.Fatalf("other objects from\n%v\n%s", other, cmp.Diff(first, again))
			}
		}
	})
}

// lower returns the objects of a text in both layouts.
func (x example) lower(t *rapid.T, text sources) [][]*networkingv1.NetworkPolicy {
	topo, diags, err := compile(x.program, text)
	if err != nil || topo == nil {
		t.Fatalf("refused: %v%s\n%s", err, messages(diags), text)
	}
	var out [][]*networkingv1.NetworkPolicy
	for _, layout := range layouts {
		objects, diags := networkpolicy.Lower(topo, layout)
		if diags.Errors() > 0 {
			t.Fatal(messages(diags))
		}
		out = append(out, objects.Objects())
	}
	return out
}
