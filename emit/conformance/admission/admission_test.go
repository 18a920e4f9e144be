package admission_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/admission"
	"github.com/zt-lang/zt/emit/conformance/examples"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/random"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

// accepted holds that the API server would take a program's objects, and that what it
// would store still means what the program says.
func accepted(t *testing.T, p *program.Program) (objects int) {
	t.Helper()
	stored, err := admission.Admit(p.Stream)
	if err != nil {
		t.Fatal(err)
	}
	differences, err := p.Differences(stored)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Errorf("what is stored %s", d)
	}
	return len(stored)
}

func TestExamplesAreAccepted(t *testing.T) {
	all, err := examples.All("../../../examples")
	if err != nil {
		t.Fatal(err)
	}
	objects := 0
	for _, e := range all {
		p, err := e.Compile()
		if err != nil {
			t.Fatal(err)
		}
		objects += accepted(t, p)
	}
	if objects == 0 {
		t.Fatal("no objects")
	}
	t.Logf("%d objects of %d builds of the examples accepted", objects, len(all))
}

// The manifests that are shown beside the examples, as files.
func TestGoldenManifestsAreAccepted(t *testing.T) {
	files, err := filepath.Glob("../../../examples/*/manifests*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := admission.Admit(data); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestRandomTopologiesAreAccepted(t *testing.T) {
	objects := 0
	for seed := range uint64(400) {
		text := random.Topology(rand.New(rand.NewPCG(seed, 3)))
		layout := networkpolicy.Layout(seed % 2)
		p, err := program.Source(text, layout)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		objects += accepted(t, p)
		if t.Failed() {
			t.Fatalf("seed %d\n%s", seed, text)
		}
	}
	t.Logf("%d objects accepted", objects)
}

// The server's code is really asked: it refuses these.
func TestRefused(t *testing.T) {
	const good = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: good
  namespace: default
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - ipBlock:
        cidr: 10.0.0.0/24
    ports:
    - port: 80
`
	if p, err := admission.Admit([]byte(good)); err != nil || len(p) != 1 {
		t.Fatal(p, err)
	} else if p[0].Spec.Ingress[0].Ports[0].Protocol == nil {
		t.Error("the protocol is not defaulted")
	}
	for _, change := range [][2]string{
		{"cidr: 10.0.0.0/24", "cidr: 10.0.0.0/33"},
		{"cidr: 10.0.0.0/24", "cidr: 10.0.0.5/24"},
		{"port: 80", "port: 70000"},
		{"port: 80", "port: a-name-of-more-than-15-characters"},
		{"podSelector:", "podSelectors:"},
		{"podSelector: {}", "podSelector: {matchLabels: {a: -}}"},
		{"policyTypes: [Ingress]", "policyTypes: [Both]"},
		{"name: good", "name: Bad"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%q is not there", change[0])
		}
		if _, err := admission.Admit([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", change[1])
		}
		if _, err := admission.Admit(bytes.Join([][]byte{[]byte(good), []byte(bad)}, []byte("---\n"))); err == nil {
			t.Errorf("%s is accepted in a second document", change[1])
		}
	}
}
