package compiler_test

import (
	"strings"
	"testing"
	"testing/fstest"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// program is a program of a test: its files, of which the first is the one
// that is compiled and imports the others, and the options of the build.
type program struct {
	files   []programFile
	options compiler.Options
	// target is one that the program is compiled to beside NetworkPolicies; often none.
	target, priorities string
}

type programFile struct{ name, text string }

// mainFile is what the first file is called.
const mainFile = "main.zt"

// oneFile is the program that most tests are of.
func oneFile(text string) program {
	return program{files: []programFile{{mainFile, text}}}
}

// compile loads and compiles a program.
func (p program) compile(t *testing.T) (*topology.Topology, diag.List) {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range p.files {
		files[f.name] = &fstest.MapFile{Data: []byte(f.text)}
	}
	input := []compiler.Input{{Path: p.files[0].name, Name: p.files[0].name}}
	compiled, diags, err := compiler.Program(files, input, nil, p.options)
	if err != nil {
		t.Fatal(err)
	}
	return compiled, diags
}

// diagnose goes the whole way that a build goes and returns what it reports:
// what the files say, what they mean, and what the target can express.
func (p program) diagnose(t *testing.T) diag.List {
	t.Helper()
	compiled, diags := p.compile(t)
	if p.target != "" {
		return p.diagnoseGuarded(t, compiled, diags)
	}
	if diags.Errors() == 0 {
		_, more := networkpolicy.Lower(compiled, target.ByTier)
		if p.options.Native {
			_, more = cilium.Lower(compiled, target.ByTier)
		}
		diags = append(diags, more...)
	}
	diags.Sort()
	return diags
}

// diagnoseGuarded lowers a compiled program with a target of guardrails and the one that it is beside.
func (p program) diagnoseGuarded(t *testing.T, compiled *topology.Topology, diags diag.List) diag.List {
	t.Helper()
	options := emit.Options{Targets: []string{"networkpolicy", p.target}}
	if p.priorities != "" {
		var err error
		if options.Priorities, err = target.ParsePriorities(p.priorities); err != nil {
			t.Fatal(err)
		}
	}
	if diags.Errors() == 0 {
		_, more, err := emit.Lower(compiled, options)
		if err != nil {
			t.Fatal(err)
		}
		diags = append(diags, more...)
	}
	diags.Sort()
	return diags
}

// render writes diagnostics out in the notation of the tests, for failures.
func render(diags diag.List) string {
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(d.Span.File.Name + ":" + place(d.Span) + ": " + string(d.Code) + " " + d.Message + "\n")
		for _, r := range d.Related {
			b.WriteString("    also " + r.Span.File.Name + ":" + place(r.Span) + " " + r.Message + "\n")
		}
		if d.Help != "" {
			b.WriteString("    help: " + d.Help + "\n")
		}
	}
	return b.String()
}

// emit returns the objects of a program without errors.
func (p program) emit(t *testing.T, layout target.Layout) []*networkingv1.NetworkPolicy {
	t.Helper()
	topology, diags := p.compile(t)
	if diags.Errors() > 0 {
		t.Fatalf("the program has errors:\n%s", render(diags))
	}
	policies, more := networkpolicy.Lower(topology, layout)
	if len(more) > 0 {
		t.Fatalf("the program cannot be lowered:\n%s", render(more))
	}
	return policies.Objects()
}

// find returns one of the objects.
func find(t *testing.T, policies []*networkingv1.NetworkPolicy, namespace, name string) *networkingv1.NetworkPolicy {
	t.Helper()
	for _, p := range policies {
		if p.Namespace == namespace && p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no %s/%s", namespace, name)
	return nil
}

// yaml returns the manifests of objects.
func yaml(t *testing.T, policies []*networkingv1.NetworkPolicy) string {
	t.Helper()
	data := manifest.Marshal(policyset.FromObjects(policies), manifest.FormatYAML)
	return string(data)
}

// equals is the selector of one label.
func equals(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}
