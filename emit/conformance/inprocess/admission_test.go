package inprocess

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/target"
)

// randomPrograms is the number of random programs whose objects the server's code admits.
const randomPrograms = 200

// accepted admits a program's objects, and checks that they still mean what the program says.
func accepted(t *testing.T, p *program.Program) (objects int) {
	t.Helper()
	stored, err := admit(p.Stream)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	if err := p.Check(stored); err != nil {
		t.Fatalf("%s: as stored, %v", p.Name, err)
	}
	return len(stored)
}

func TestExamplesAreAccepted(t *testing.T) {
	all, err := program.Examples()
	if err != nil {
		t.Fatal(err)
	}
	objects := 0
	for _, p := range all {
		objects += accepted(t, p)
	}
	if objects == 0 {
		t.Fatal("no objects")
	}
	t.Logf("%d objects of %d builds of the examples accepted", objects, len(all))
}

// The manifests in the examples' folders. TestGuardrailsOfExamples is about those of the whole cluster.
func TestGoldenManifestsAreAccepted(t *testing.T) {
	files, err := filepath.Glob("../../../examples/*/manifests*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, ".cluster.yaml") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := admit(data); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestRandomProgramsAreAccepted(t *testing.T) {
	objects := 0
	for number := range randomPrograms {
		for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
			p, err := program.Build(program.Random(number), "", layout)
			if err != nil {
				t.Fatal(err)
			}
			objects += accepted(t, p)
		}
	}
	t.Logf("%d objects accepted", objects)
}

// The server's code refuses these, so it is really called.
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
	if p, err := admit([]byte(good)); err != nil || len(p) != 1 {
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
		if _, err := admit([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", change[1])
		}
		if _, err := admit(bytes.Join([][]byte{[]byte(good), []byte(bad)}, []byte("---\n"))); err == nil {
			t.Errorf("%s is accepted in a second document", change[1])
		}
	}
}
