package emit

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// The targets of these tests: they lower as networkpolicy does, and lose or rename something.
type (
	lossy   struct{ networkpolicy.Target }
	another struct{ networkpolicy.Target }
	blind   struct{ networkpolicy.Target }
)

func (lossy) Name() string   { return "lossy" }
func (another) Name() string { return "another" }
func (blind) Name() string   { return "blind" }

func (l lossy) Lower(t *topology.Topology, o target.Options) (target.Objects, diag.List) {
	less := *t
	less.Edges = nil
	return l.Target.Lower(&less, o)
}

func (b blind) Lower(t *topology.Topology, o target.Options) (target.Objects, diag.List) {
	objects, diags := b.Target.Lower(t, o)
	diags.Add(diag.Diagnostic{Code: diag.HostUnsupported, Message: "cannot express this"})
	return objects, diags
}

func build(t *testing.T, program string, options Options) (Result, diag.List, error) {
	t.Helper()
	before := targets
	targets = append(targets[:1:1], lossy{}, another{}, blind{})
	defer func() { targets = before }()
	return Build(fstest.MapFS{"a.zt": {Data: []byte(program)}}, []compiler.Input{{Path: "a.zt"}}, options)
}

const program = "tier web, api by app\nweb -> api :80\n"

func TestBuildProves(t *testing.T) {
	for name, code := range map[string]diag.Code{"lossy": diag.PermitsLess, "blind": diag.HostUnsupported} {
		result, diags, err := build(t, program, Options{Targets: []string{"networkpolicy", name}})
		if err != nil || len(diags) != 1 || diags[0].Code != code {
			t.Errorf("%s: %v, %v; want %s", name, diags, err, code)
		}
		if len(result.Files) > 0 || result.Objects > 0 {
			t.Errorf("%s: %d files although there is an error", name, len(result.Files))
		}
	}
}

// A stream has the objects of every target, in the order of the targets.
func TestSeveralTargets(t *testing.T) {
	one, _, err := build(t, program, Options{})
	if err != nil {
		t.Fatal(err)
	}
	both, diags, err := build(t, program, Options{Targets: []string{"another", "networkpolicy"}})
	if err != nil || len(diags) > 0 {
		t.Fatal(diags, err)
	}
	text := joined(one)
	if want := text + manifest.Separator + text; joined(both) != want || both.Objects != 2*one.Objects {
		t.Errorf("%d objects:\n%s", both.Objects, joined(both))
	}
	_, _, err = build(t, program, Options{Targets: []string{"another", "networkpolicy"}, PerNamespace: true})
	if err == nil || !strings.Contains(err.Error(), "several targets write default.yaml") {
		t.Errorf("two targets write one file: %v", err)
	}
}

func TestBuildRefusesOptions(t *testing.T) {
	for want, options := range map[string]Options{
		`unknown target "loss"; did you mean "lossy"?`:                                   {Targets: []string{"loss"}},
		`unknown target "cilium"; the targets are: networkpolicy, lossy, another, blind`: {Targets: []string{"networkpolicy", "cilium"}},
		`unknown layout "file"`:         {Layout: "file"},
		`target another is given twice`: {Targets: []string{"another", "networkpolicy", "another"}},
	} {
		if _, _, err := build(t, program, options); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestStrict(t *testing.T) {
	const warned = program + "external unused { 192.0.2.0/24 }\n"
	result, diags, err := build(t, warned, Options{})
	if err != nil || len(diags) != 1 || diags.Errors() > 0 || len(result.Files) == 0 {
		t.Errorf("%v, %v, %d files", diags, err, len(result.Files))
	}
	result, diags, err = build(t, warned, Options{Strict: true})
	if err != nil || diags.Errors() != 1 || len(result.Files) > 0 || result.Topology == nil {
		t.Errorf("strict: %v, %v, %d files", diags, err, len(result.Files))
	}
}

func joined(r Result) string {
	var b bytes.Buffer
	for _, f := range r.Files {
		b.Write(f.Data)
	}
	return b.String()
}
