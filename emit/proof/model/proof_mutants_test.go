package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// subject is a program in a layout, whose objects are changed.
type subject struct {
	name     string
	topology *topology.Topology
	objects  *objects
	world    *world // of a drawn program
}

// subjects returns every example, alone and for each of its environments, and
// many drawn programs, each in both layouts.
func subjects(t *testing.T, drawn int) (written, random []subject) {
	folders, err := filepath.Glob("../../../examples/*/*.zt")
	if err != nil || len(folders) == 0 {
		t.Fatal("no examples", err)
	}
	seen := map[string]bool{}
	for _, file := range folders {
		folder := filepath.Dir(file)
		if seen[folder] || namesHosts(t, file) {
			continue
		}
		seen[folder] = true
		whole := load(t, folder, "")
		written = append(written, inLayouts(t, folder, whole, nil)...)
		for _, e := range whole.Environments {
			written = append(written, inLayouts(t, folder+" for "+e.Name, load(t, folder, e.Name), nil)...)
		}
	}
	written = append(written, inLayouts(t, "a program of rare things", compiled(t, &program{}, sources{
		files: map[string]string{"a.zt": rare}, inputs: []string{"a.zt"},
	}), nil)...)
	for i := range drawn {
		p := examples.Example(70000 + i).program
		random = append(random, inLayouts(t, fmt.Sprint("drawn program ", i), compiled(t, p, p.print(0, false)), expand(p))...)
	}
	return written, random
}

// namesHosts reports whether a program has DNS names, which no NetworkPolicy has.
func namesHosts(t *testing.T, file string) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), "{ host ")
}

// rare is a program with what drawn ones hardly have: blocks that differ only in their exceptions, and
// endpoints that match nothing.
const rare = `namespace shop {
  tier web { app=web }
  external a { 203.0.113.0/24 except 203.0.113.0/26, 0.0.0.0/0 except (10.0.0.0/8, 203.0.113.0/24) } :443
  external b { 203.0.113.0/24 except 203.0.113.64/26 } :80
  external c { 198.51.100.0/24 } :443
  external d { 198.51.100.0/25 } :80
  web -> a, b, c, d
}
environment nowhere { }
nowhere -> shop/web :80
shop/web -> nowhere :81
`

func compiled(t *testing.T, p *program, text sources) *topology.Topology {
	top, diags, err := compile(p, text)
	if err != nil || top == nil {
		t.Fatalf("refused: %v%s", err, messages(diags))
	}
	return top
}

// load compiles the files of a folder.
func load(t *testing.T, folder, environment string) *topology.Topology {
	names, err := filepath.Glob(filepath.Join(folder, "*.zt"))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []compiler.Input
	for _, name := range names {
		inputs = append(inputs, compiler.Input{Path: filepath.Base(name), Name: name})
	}
	files, _, err := compiler.Load(os.DirFS(folder), inputs, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	top, diags, err := compiler.Compile(files, compiler.Options{Environment: environment})
	if err != nil || top == nil {
		t.Fatalf("%s: %v%s", folder, err, messages(diags))
	}
	return top
}

func inLayouts(t *testing.T, name string, top *topology.Topology, w *world) []subject {
	spaces := map[string]map[string]string{}
	for _, n := range top.Namespaces {
		spaces[n.Name] = n.Labels
	}
	var as enforcement
	if w != nil {
		as = w.network.enforcement()
	}
	var out []subject
	for _, layout := range layouts {
		policies, diags := networkpolicy.Lower(top, layout)
		if len(diags) > 0 {
			t.Fatalf("%s:%s", name, messages(diags))
		}
		out = append(out, subject{fmt.Sprintf("%s, layout %s", name, layout), top, &objects{policies.Objects(), spaces, as}, w})
	}
	return out
}

// unapplied reads policies that `kubectl apply` may not create as they are.
type unapplied struct{ networkpolicy.Target }

func (unapplied) Read(files []manifest.File, format manifest.Format) (target.Policies, error) {
	read, err := manifest.Read(files, format)
	return permitted{read}, err
}

type permitted struct{ *policyset.Set }

func (p permitted) Relation(facts *relation.Facts) (*relation.Relation, error) {
	return evaluate.Relation(p.Set, facts)
}

// compare returns how the proof finds objects to differ from the program.
func (s subject) compare(o *objects) (proof.Difference, error) {
	data := manifest.Marshal(policyset.FromObjects(o.policies), manifest.FormatYAML)
	return proof.Compare(s.topology, unapplied{}, []manifest.File{{Data: data}}, manifest.FormatYAML)
}

// figures counts the mutants of a kind, or of all.
type figures struct {
	applied int // mutants
	changed int // those that mean something else
	caught  int // those that the proof reports
	shown   int // those that the simple evaluator finds by itself to mean something else
}

func (f *figures) add(g figures) {
	f.applied += g.applied
	f.changed += g.changed
	f.caught += g.caught
	f.shown += g.shown
}

func (f figures) String() string {
	return fmt.Sprintf("%5d applied, %5d mean something else (%d of them found on cells), %5d caught", f.applied, f.changed, f.shown, f.caught)
}

// eachMutant changes copies of the objects of all examples, in several places, and of drawn programs.
func eachMutant(t *testing.T, m mutation, kind int, written, random []subject, f func(s subject, mutant *objects, r *rand.Rand)) {
	r := rand.New(rand.NewPCG(uint64(kind), 3))
	apply := func(s subject, most int) (applied int) {
		for _, place := range r.Perm(len(m.places(s.objects))) {
			if applied == most || t.Failed() {
				break
			}
			mutant := s.objects.clone()
			m.places(mutant)[place]()
			f(s, mutant, r)
			applied++
		}
		return applied
	}
	for _, s := range written {
		apply(s, run.placesOfExamples)
	}
	left := run.mutantsOfKind
	for _, i := range r.Perm(len(random)) {
		if left == 0 || t.Failed() {
			break
		}
		left -= apply(random[i], 1)
	}
}

// TestProofAccepts checks that the proof accepts the objects before they are changed.
func TestProofAccepts(t *testing.T) {
	t.Parallel()
	written, random := subjects(t, run.mutatedPrograms)
	for _, s := range slices.Concat(written, random) {
		d, err := s.compare(s.objects)
		if err != nil || d.More != nil || d.Less != nil {
			t.Fatalf("%s: the proof says %v, more %v, less %v\n%s", s.name, err, d.More, d.Less, s.story(s.objects, nil))
		}
	}
}

// TestProofCatchesMutants changes emitted objects in every kind of way. The proof must report every
// change for which the simple evaluator finds a difference, and the connection that it reports must
// differ.
func TestProofCatchesMutants(t *testing.T) {
	t.Parallel()
	written, random := subjects(t, run.mutatedPrograms)
	var lock sync.Mutex
	var all figures
	t.Run("kinds", func(t *testing.T) {
		for k, m := range mutations {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				var sum figures
				eachMutant(t, m, k, written, random, func(s subject, mutant *objects, r *rand.Rand) {
					sum.add(judge(t, s, mutant, r))
				})
				t.Log(sum)
				if run.everyKind && sum.changed == 0 {
					t.Error("it is idle")
				}
				lock.Lock()
				defer lock.Unlock()
				all.add(sum)
			})
		}
	})
	t.Logf("%d kinds over %d examples and %d drawn programs in both layouts: %v", len(mutations), len(written)/2, len(random)/2, all)
	if all.shown*10 < all.changed*9 {
		t.Error("the simple evaluator overlooks too many for its word to count")
	}
}

// judge compares the proof with the simple evaluator on a mutant.
func judge(t *testing.T, s subject, mutant *objects, r *rand.Rand) figures {
	d, err := s.compare(mutant)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	at, more := differ(s.objects, mutant, r)
	switch {
	case at != nil && more && d.More == nil:
		t.Errorf("%s: the proof misses what is permitted too much%s", s.name, s.story(mutant, at))
	case at != nil && !more && d.Less == nil:
		t.Errorf("%s: the proof misses what is permitted too little%s", s.name, s.story(mutant, at))
	}
	s.confirm(t, mutant, d.More, true)
	s.confirm(t, mutant, d.Less, false)
	f := figures{applied: 1}
	if at != nil {
		f.shown = 1
	}
	if d.More != nil || d.Less != nil { // and it is so at the witness
		f.caught = 1
	}
	f.changed = max(f.shown, f.caught)
	return f
}

// confirm checks a connection that the proof reports: the mutant permits it and the objects and the
// program do not, or the other way round.
func (s subject) confirm(t *testing.T, mutant *objects, witness *relation.Connection, more bool) {
	if witness == nil {
		return
	}
	at, problem := cellOf(witness, s.objects.spaces)
	if problem != "" {
		t.Errorf("%s: the witness %v cannot be: %s", s.name, witness, problem)
		return
	}
	before, after := &cluster{s.objects.policies, s.objects.as}, &cluster{mutant.policies, mutant.as}
	if before.permits(at.from, at.to, at.on) == more || after.permits(at.from, at.to, at.on) != more {
		t.Errorf("%s: at the witness %v there is no such difference%s", s.name, witness, s.story(mutant, at))
	}
	if s.world != nil && s.world.meant(at.from, at.to).permits(at.on) == more {
		t.Errorf("%s: at the witness %v the language says otherwise%s", s.name, witness, s.story(mutant, at))
	}
}

// cellOf returns a reported connection as a cell, or why it cannot exist.
func cellOf(c *relation.Connection, declared map[string]map[string]string) (*cell, string) {
	of := func(p relation.Party) *party {
		if p.Namespace == "" {
			return &party{addr: p.Addr, host: p.Host}
		}
		return &party{space: p.Namespace, spaceLabels: p.NamespaceLabels, labels: p.Labels}
	}
	at := &cell{of(c.From), of(c.To), port{c.Port.Protocol.String(), c.Port.Number}}
	for _, x := range []*party{at.from, at.to} {
		switch labels := declared[x.space]; {
		case x.isPod() && labels != nil && !maps.Equal(labels, x.spaceLabels):
			return nil, fmt.Sprintf("namespace %s has the labels %v, not %v", x.space, labels, x.spaceLabels)
		case x.isPod() && x.spaceLabels[nameKey] != x.space:
			return nil, fmt.Sprintf("namespace %s is labelled %v", x.space, x.spaceLabels)
		}
	}
	if at.from.isPod() && at.from.space == at.to.space && !maps.Equal(at.from.spaceLabels, at.to.spaceLabels) {
		return nil, fmt.Sprintf("namespace %s has the labels %v, and %v", at.to.space, at.from.spaceLabels, at.to.spaceLabels)
	}
	if !at.from.isPod() && !at.to.isPod() {
		return nil, "no pod takes part in it"
	}
	if len(c.Port.Names) > 0 {
		if !at.to.isPod() {
			return nil, "an address has no named ports"
		}
		at.to.ports = map[string]int{}
		for _, name := range c.Port.Names {
			at.to.ports[name+"/"+at.on.protocol] = at.on.number
		}
	}
	return at, ""
}

// story describes a mutant in a failure.
func (s subject) story(mutant *objects, at *cell) string {
	gone, come := difference(s.objects.policies, mutant.policies)
	text := func(list []*networkingv1.NetworkPolicy) string {
		b := manifest.Marshal(policyset.FromObjects(list), manifest.FormatYAML)
		return string(b)
	}
	return fmt.Sprintf("\n%v\n--- gone\n%s--- come\n%s", at, text(gone), text(come))
}

// TestProofTakesRewritings checks that the proof accepts other objects that permit the same.
func TestProofTakesRewritings(t *testing.T) {
	t.Parallel()
	written, random := subjects(t, run.mutatedPrograms/4)
	for k, m := range rewritings {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			applied := 0
			eachMutant(t, m, k, written, random, func(s subject, mutant *objects, r *rand.Rand) {
				if m.name == omittedRules && s.objects.as.omittedTypes {
					return
				}
				applied++
				d, err := s.compare(mutant)
				if err != nil || d.More != nil || d.Less != nil {
					t.Fatalf("%s: the proof says %v, more %v, less %v%s", s.name, err, d.More, d.Less, s.story(mutant, nil))
				}
				if testing.Short() {
					return // what follows tests the rewritings, and not the proof
				}
				if at, _ := differ(s.objects, mutant, r); at != nil {
					t.Fatalf("%s: it does not permit the same%s", s.name, s.story(mutant, at))
				}
			})
			t.Logf("%d applied, none reported", applied)
			if run.everyKind && applied == 0 {
				t.Error("it is idle")
			}
		})
	}
}

// TestProofRefuses checks that the proof refuses objects that no API server accepts.
func TestProofRefuses(t *testing.T) {
	t.Parallel()
	written, random := subjects(t, run.mutatedPrograms/4)
	for k, m := range refusals {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			applied := 0
			eachMutant(t, m, k, written, random, func(s subject, mutant *objects, _ *rand.Rand) {
				applied++
				var data []byte // by the library, since a set of policies cannot hold all of these objects
				for _, p := range mutant.policies {
					document, err := yaml.Marshal(p)
					if err != nil {
						t.Fatal(err)
					}
					data = append(append(data, manifest.Separator...), document...)
				}
				diags := proof.Check(s.topology, networkpolicy.Target{}, []manifest.File{{Data: data}}, manifest.FormatYAML)
				if len(diags) != 1 || diags[0].Code != diag.Unreadable {
					t.Fatalf("%s: the proof says:%s%s", s.name, codes(diags), s.story(mutant, nil))
				}
			})
			t.Logf("%d applied, all refused", applied)
			if run.everyKind && applied == 0 {
				t.Error("it is idle")
			}
		})
	}
}

func codes(list diag.List) (out string) {
	for _, d := range list {
		out += fmt.Sprintf("\n%s %s", d.Code, d.Message)
	}
	return out
}
