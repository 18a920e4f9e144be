package inventory

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// byKubectl reads the documents of a YAML text as kubectl does, and returns them as JSON.
func byKubectl(text string) ([]string, error) {
	var out []string
	for r := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text))); ; {
		document, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		data, err := yaml.YAMLToJSON(document)
		if err != nil {
			return out, err
		}
		if !bytes.Equal(data, []byte("null")) {
			out = append(out, string(data))
		}
	}
}

// asKubectl fails the test if a text is accepted with another meaning than kubectl gives it.
func asKubectl(t *testing.T, text string) (accepted bool) {
	t.Helper()
	got, problems := asJSON(text)
	if len(problems) > 0 {
		return false
	}
	want, err := byKubectl(text)
	if err != nil {
		t.Fatalf("kubectl refuses it: %v\n%q\nand here it is %s", err, text, got)
	}
	if len(got) != len(want) {
		t.Fatalf("%d documents, kubectl reads %d:\n%q\n%s\n%s", len(got), len(want), text, got, want)
	}
	for i := range got {
		if !sameJSON(t, got[i], want[i]) {
			t.Fatalf("document %d is %s, kubectl reads %s:\n%q", i+1, got[i], want[i], text)
		}
	}
	return true
}

// blockSeeds is how many of the seeds the fast reader reads.
const blockSeeds = 6

// seeds are texts that hold, between them, everything that manifests are written with.
var seeds = []string{
	"kind: Deployment\nspec: {template: {metadata: {labels: {app: \"a b\", 'c': d}}, spec: {containers: [{ports: [{containerPort: 80}], env: [{name: A, value: 'x:80'}, {\"name\":\"B\"}]}]}}}\n",
	"spec:\n  args: [\"--a=b\", -c, --d=e:1, \"q\\\"r\\n\", '10', ~, 1.5, yes] # why\n  none: {}\n  list: []\n  selector: { app: a, tier: b, }\n  command:\n  - --flag=[a]\n  - -x\n  - - a\n    - [b, [c], {d: [e]}]\n",
	clusterText,
	strings.TrimPrefix(deployments(1), "apiVersion: v1\n"),
	"apiVersion: v1\nkind: List\nitems:\n- a: 1\n  b: \"x\\\"y\"\n- - x\n  - 'it''s'\n-\n  c: |\n    one\n      two\n\n    three\n  d: |-\n    x\n",
	"a: one\n  two\n  three # no\nb: \"x\n  y\"\nc: 'x\n  y'\nd:\n- e\nf: {}\ng: []\nh: ~\ni: -5\nj: 010\nk: 1.5\nl: yes\n",
	"x: &x {a: 1}\ny: *x\nz:\n  <<: *x\n  b: 2\n---\n# comment\n---\na: b\n...\n",
	"? a\n: b\n\"c\": d\n'e': f\n1: g\ntrue: h\nnull: i\n",
	"a: !!str 1\nb: !!binary YQ==\nc: !!int 3\nd: 2024-05-01\ne: 1e3\nf: .inf\ng: 0x1f\nh: 1_000\n",
	"%YAML 1.1\n---\na: b\n",
	"---# comment\na: b\n",
	"---\u00a0\na: b\n",
	"{\"a\": [1, {\"b\": null}], c: d}\n",
	"a: >\n  x\n  y\n\n  z\nb: |+\n  x\n\nc: |2\n    x\n",
}

const clusterText = `apiVersion: v1
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"networking.k8s.io/v1"}
    name: from-web
  spec:
    ingress:
    - from:
      - podSelector:
          matchLabels:
            app: web
      ports:
      - port: 8080
        protocol: TCP
    podSelector: {}
    policyTypes:
    - Ingress
kind: List
metadata:
  resourceVersion: ""
`

// mutate changes a text in a few places, by what readers of YAML disagree about.
func mutate(random *rand.Rand, text string) string {
	parts := []string{
		"\n", "\n\n", " ", "  ", "\t", "\r", "\r\n", "\u0085", "\u2028", "\ufeff", "---\n", "\n---\n", "...\n", "--- x\n", "\n--- # x\n", "%YAML 1.2\n", "- ", "-", "? ", ": ", ":", "#", " # c", "\n# c\n",
		"<<: {a: 1}\n", "<<: *x\n", "&x ", "*x", "!!str ", "!!binary ", "!x ", "|\n", ">-\n", "\"", "'", "{", "}", "[", "]", ",", "{}", "a: b\n", "a: a\n", "\\", "\\\n", "\\x41", "''", "y", "no", "~", "null", "0o7", "1e3", ".5", "é", "\x01", "\x7f", "=", "@", "`", "%",
	}
	for range 1 + random.IntN(3) {
		i := random.IntN(len(text) + 1)
		j := min(len(text), i+random.IntN(6))
		switch random.IntN(5) {
		case 0: // take something out
			text = text[:i] + text[j:]
		case 1: // move a line
			lines := strings.SplitAfter(text, "\n")
			a, b := random.IntN(len(lines)), random.IntN(len(lines))
			lines[a], lines[b] = lines[b], lines[a]
			text = strings.Join(lines, "")
		case 2: // repeat a line elsewhere
			lines := strings.SplitAfter(text, "\n")
			text = text[:i] + lines[random.IntN(len(lines))] + text[i:]
		default:
			text = text[:i] + parts[random.IntN(len(parts))] + text[i:]
		}
		if text == "" {
			return "\n"
		}
	}
	return text
}

// Whatever is written, it means what it means to kubectl, or is refused.
func TestAsKubectl(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 4_000
	}
	accepted := 0
	for i := range n {
		random := rand.New(rand.NewPCG(uint64(i), 7))
		if asKubectl(t, mutate(random, seeds[random.IntN(len(seeds))])) {
			accepted++
		}
	}
	if accepted < n/10 {
		t.Errorf("only %d of %d texts are accepted", accepted, n)
	}
}

// Both readers give the same for what the fast one accepts, and the fast one accepts what clusters print.
func TestBlock(t *testing.T) {
	for i, text := range seeds[:blockSeeds] {
		if _, ok := readBlock(newFile("f", text), 0, len(text), nil); !ok {
			t.Errorf("seed %d is left to the library", i)
		}
	}
	for i := range 4_000 {
		random := rand.New(rand.NewPCG(uint64(i), 9))
		text := mutate(random, seeds[random.IntN(blockSeeds)])
		f := newFile("f", text)
		fast, ok := readBlock(f, 0, len(text), nil)
		if !ok || strings.Contains(text, "---") {
			continue
		}
		var slow node
		if wrong := decodeYAML(f, 0, len(text), func(n *node) { slow = *n }); wrong != nil || slow.doubt() != nil {
			t.Fatalf("%q is refused: %v %v", text, wrong, slow.doubt())
		}
		if a, b := string(fast.appendJSON(nil)), string(slow.appendJSON(nil)); a != b {
			t.Fatalf("%q\nis  %s\nnot %s", text, a, b)
		}
	}
}

// FuzzAsKubectl looks for texts that mean something else here than they do to kubectl.
func FuzzAsKubectl(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) == "" || notText(text) >= 0 {
			return
		}
		asKubectl(t, text)
	})
}
