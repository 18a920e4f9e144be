package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/target"
)

// guardrails are the targets of ClusterNetworkPolicies beside NetworkPolicies.
var guardrails = []string{"networkpolicy", "clusternetworkpolicy"}

// The server accepts what zt emits for other targets, with the published definitions of their kinds. zt reads the
// same in what it stores as in what was written.
func TestTargets(t *testing.T) {
	for _, of := range []struct {
		layout  target.Layout // of which the examples are built
		targets []string
	}{
		{target.ByTier, guardrails}, {target.ByEdge, []string{"cilium"}}, {target.ByTier, []string{"cilium", "ciliumclusterwide"}},
	} {
		t.Run(strings.Join(of.targets, ","), func(t *testing.T) {
			for _, c := range examplesFor(t, of.targets) {
				if c.Layout == of.layout {
					t.Run(c.Name, func(t *testing.T) { isStored(t, c) })
				}
			}
			const programs = 4
			random := 0
			for number := 0; random < programs; number++ {
				if c := denying(t, number, of.targets...); c != nil {
					t.Run(c.Name, func(t *testing.T) { isStored(t, c) })
					random++
				}
			}
		})
	}
}

// isStored checks what the API server stores of a topology's objects.
func isStored(t *testing.T, c *topology) {
	t.Helper()
	defer c.define(t)()
	clearCluster(t)
	declareNamespaces(t, c.scene(t).Namespaces)
	written := c.build(t)
	kubectl(t, written, "apply", "--server-side", "--filename", "-", "--output", "name")
	if out, differ := differ(t, written, verify(t, c)); differ {
		t.Errorf("zt reads what is stored otherwise than what it wrote:\n%s\n%s", out, c.Text)
	}
}

// denying builds a random program with denials. It is nil if a target refuses the program.
func denying(t *testing.T, number int, targets ...string) *topology {
	t.Helper()
	p, err := program.Denying(number, 10, targets...)
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		return nil
	}
	return written(t, p)
}

// ofText builds the text of a program.
func ofText(t *testing.T, text string, targets ...string) *topology {
	t.Helper()
	p, diags, err := program.BuildText("text", text, target.ByTier, targets...)
	if err != nil || p == nil {
		t.Fatal(diags, err)
	}
	return written(t, p)
}

// written writes a program of a text to a file, for the command.
func written(t *testing.T, p *program.Program) *topology {
	t.Helper()
	file := filepath.Join(t.TempDir(), p.Name+".zt")
	if err := os.WriteFile(file, []byte(p.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Args = []string{file}
	return &topology{p}
}

// zt sees that what is stored is not what was written.
func TestTargetsDiffer(t *testing.T) {
	const text = "namespace a { tier web, db by app }\nnamespace b { tier x by app }\na/web -> a/db :80\ndeny b/x -> a/web\n"
	for _, targets := range [][]string{guardrails, {"cilium"}} {
		c := ofText(t, text, targets...)
		isStored(t, c)
		kindOf[targets[0]].clear(t)
		stored := readBack(t, c.kinds()...)
		if out, equal := zt(t, stored, c.args("verify", "--manifests", "-")...); equal {
			t.Errorf("%v: without the policies of namespaces, zt verify sees nothing:\n%s", targets, out)
		}
		if out, differ := differ(t, c.Stream, stored); !differ {
			t.Errorf("%v: without the policies of namespaces, zt diff sees nothing:\n%s", targets, out)
		}
	}
}

// It reads the same in each version of a guardrail that the server serves. It sees that guardrails are gone, where
// NetworkPolicies permit what they deny.
func TestGuardrailLeftOut(t *testing.T) {
	c := named(examplesFor(t, guardrails), "guardrails")
	isStored(t, c)
	openAll(t, c.scene(t))
	with := readBack(t, c.kinds()...)
	former := clusterPolicies
	former.Version = "v1alpha2"
	if out, differ := differ(t, with, readBack(t, networkPolicies, former)); differ {
		t.Errorf("in another version of their API, guardrails are read otherwise:\n%s", out)
	}
	clusterPolicies.clear(t)
	if out, differ := differ(t, with, readBack(t, networkPolicies)); !differ {
		t.Errorf("without the guardrails, zt diff sees nothing:\n%s", out)
	}
}
