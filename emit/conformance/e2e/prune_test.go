package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The command of the reference that prunes removes the objects that a program no longer has, in each kind.
func TestPruning(t *testing.T) {
	reference, err := os.ReadFile("../../../grammar/README.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`zt build \| kubectl (apply --prune .* -f -)\n`).FindSubmatch(reference)
	if command == nil {
		t.Fatal("the reference has no command that prunes")
	}
	args := strings.Fields(string(command[1]))
	const more = "--prune-allowlist="
	for _, k := range []string{
		"policy.networking.k8s.io/v1beta1/ClusterNetworkPolicy",
		"cilium.io/v2/CiliumNetworkPolicy", "cilium.io/v2/CiliumClusterwideNetworkPolicy",
	} {
		if !strings.Contains(string(reference), "`"+k+"`") {
			t.Errorf("the reference does not say how to prune %s", k)
		}
		args = append(args, more+k)
	}

	const kept = "namespace a { tier web, db by app }\nnamespace b { tier x by app }\na/web -> a/db :80\ndeny b/x -> a/web\n"
	const gone = "namespace a { tier old { app=old } }\ndeny b/x -> a/old\n"
	for _, targets := range [][]string{guardrails, {"cilium", "ciliumclusterwide"}} {
		was, is := ofText(t, kept+gone, targets...), ofText(t, kept, targets...)
		clearCluster(t)
		declareNamespaces(t, was.scene(t).Namespaces)
		for _, c := range []*topology{was, is} {
			kubectl(t, c.build(t), args...)
			verify(t, c)
			stored := 0
			for _, k := range kinds {
				stored += len(k.stored(t))
			}
			if written := len(documents(c.Stream)); stored != written {
				t.Errorf("%v: %d objects are written, and %d are stored", targets, written, stored)
			}
		}
		if len(documents(was.Stream)) == len(documents(is.Stream)) {
			t.Errorf("%v: nothing is to be pruned", targets)
		}
	}
}
