package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/source"
)

// listOf returns a List as kubectl prints it, of n policies that each begin with these lines.
func listOf(kind, head string, n int) string {
	var b strings.Builder
	b.WriteString("---\n# all of them\napiVersion: networking.k8s.io/v1\nitems:\n")
	for i := range n {
		fmt.Fprintf(&b, "%s  metadata:\n    name: p%d\n    annotations:\n      a: \"[\\\"x\\\"]\"\n      b: |\n        - x\n\n        ---\n# comment\n", head, i)
	}
	b.WriteString("kind: " + kind + "\nmetadata:\n  resourceVersion: \"\"\n")
	return b.String()
}

// inPieces reads a List cut into its items, if it can be cut.
func inPieces(text string) (*Inventory, []string, bool) {
	p, ok := cut(text)
	if !ok {
		return nil, nil, false
	}
	r := reader{namespace: "default", policies: map[string]source.Span{}, file: newFile("0.yaml", text)}
	r.fault(r.eachItem(r.file, 0, p, r.document))
	var problems []string
	for _, d := range r.diags {
		problems = append(problems, d.Message)
	}
	return &r.inventory, problems, true
}

// A List that is cut is what the whole would be: the same objects, at the same lines.
func TestPieces(t *testing.T) {
	for name, text := range map[string]string{
		"of any":        listOf("List", "- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n", 3),
		"of one kind":   listOf("NetworkPolicyList", "-\n", 3),
		"with anchors":  listOf("NetworkPolicyList", "- &a\n", 3),
		"with CRLF":     strings.ReplaceAll(listOf("NetworkPolicyList", "-\n", 3), "\n", "\r\n"),
		"with a mark":   strings.Replace(listOf("NetworkPolicyList", "-\n", 3), "---\n", "\ufeff# a\n", 1),
		"without a end": strings.TrimRight(listOf("NetworkPolicyList", "-\n", 3), "\n"),
		"kind first":    "kind: NetworkPolicyList\n" + strings.Replace(strings.Replace(listOf("", "-\n", 2), "kind: \n", "", 1), "---\n", "", 1),
	} {
		got, problems, ok := inPieces(text)
		if !ok || len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if diff := cmp.Diff(objects(mustRead(t, text)), objects(got)); diff != "" || len(got.Policies) < 2 {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is no such List is not cut, or what is cut cannot be read: never is something left out.
func TestPiecesRefuse(t *testing.T) {
	good := listOf("NetworkPolicyList", "-\n", 3)
	for name, text := range map[string]string{
		"no List":            strings.Replace(good, "kind: NetworkPolicyList", "kind: Config", 1),
		"no kind":            strings.Replace(good, "kind: NetworkPolicyList\n", "", 1),
		"in quotes":          strings.Replace(good, `a: "[`, "a: \"\n- [", 1),
		"in single quotes":   strings.Replace(good, `a: "[\"x\"]"`, "a: 'b\n- c: d'", 1),
		"in brackets":        strings.Replace(good, `a: "[\"x\"]"`, "a: {b: [\n- c]}", 1),
		"two documents":      good + "---\n" + policyOf("podSelector: {}"),
		"after its end":      good + "...\n" + policyOf("podSelector: {}"),
		"across items":       strings.Replace(strings.Replace(good, "name: p0", "name: &x p0", 1), "name: p2", "name: *x", 1),
		"a key twice":        good + "kind: List\n",
		"items twice":        good + "items:\n-\n  metadata:\n    name: p4\n",
		"items in two forms": good + "items: []\n",
		"indented items":     strings.ReplaceAll(good, "\n-\n", "\n  -\n"),
		"something open":     strings.Replace(good, "name: p1", "name: [", 1),
		"an unknown field":   strings.Replace(good, "metadata:\n    name: p1", "metdata:\n    name: p1", 1),
		"a null":             good[:strings.Index(good, "kind: NetworkPolicyList")] + "- ~\n" + good[strings.Index(good, "kind: NetworkPolicyList"):],
	} {
		if inv, problems, ok := inPieces(text); ok && len(problems) == 0 {
			t.Errorf("%s: %v", name, objects(inv))
		}
	}
}

// A List beyond what is read at once is cut, with the lines that its items have in the file.
func TestLargeYAML(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 100,000 objects")
	}
	text := "items:\n"
	const n = maxValues / 6
	text += strings.Repeat("- kind: Secret\n  apiVersion: v1\n  metadata:\n    name: s\n", n) + policyItem + "kind: List\napiVersion: v1\n"
	if Values(text) <= maxValues {
		t.Fatal("it is too small to be cut")
	}
	want := []string{fmt.Sprintf("NetworkPolicy default/last @0.yaml:%d", 4*n+2)}
	if diff := cmp.Diff(want, objects(mustRead(t, text))); diff != "" {
		t.Error(diff)
	}
}

const policyItem = "- kind: NetworkPolicy\n  apiVersion: networking.k8s.io/v1\n  metadata: {name: last}\n"
