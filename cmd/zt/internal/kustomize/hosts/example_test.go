package hosts

import (
	"strings"
	"testing"
)

var overlays = []string{"staging", "production"}

// guard holds what a host built to the example's program.
func guard(dir, built string) result {
	return run(dir, built, nil, "zt", "verify", "base/shop.zt", "--manifests", "-")
}

// Every host builds the example's overlays, to the same bytes, and they permit what the program says.
func TestExample(t *testing.T) {
	for _, overlay := range overlays {
		first := ""
		for _, h := range hosts {
			dir := example(t, h)
			built := h.builds(t, dir+"/overlays/"+overlay)
			if n := strings.Count(built, "\nkind: NetworkPolicy\n"); n != 13 {
				t.Errorf("%s, %s: %d policies", h.name, overlay, n)
			}
			if n := strings.Count(built, "\nkind: Deployment\n"); n != 12 {
				t.Errorf("%s, %s: %d workloads", h.name, overlay, n)
			}
			if r := guard(dir, built); r.code != 0 || r.stdout+r.stderr != "" {
				t.Errorf("%s, %s: exit code %d\n%s%s", h.name, overlay, r.code, r.stdout, r.stderr)
			}
			if first == "" {
				first = built
			} else if built != first {
				t.Errorf("%s, %s: not what %s built", h.name, overlay, hosts[0].name)
			}
		}
	}
}

// kubectl leaves a function out in silence. The guard says that nothing is denied.
func TestFunctionThatKubectlLeavesOut(t *testing.T) {
	dir := example(t, kustomizeFunction)
	file := dir + "/base/kustomization.yaml"
	without, _, found := strings.Cut(read(t, file), "validators:")
	if !found {
		t.Fatal("the example has no validator")
	}
	write(t, file, without)
	built := kubectlPlugin.builds(t, dir+"/overlays/production")
	if strings.Contains(built, "NetworkPolicy") {
		t.Fatal("kubectl runs functions: the documents say that it does not")
	}
	r := guard(dir, built)
	if r.code != 1 {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}
	contains(t, r.stdout, "no policy isolates these pods", "# missing: NetworkPolicy shop/deny-all\n", "# missing: NetworkPolicy shop/allow-frontend\n")
}

// What kustomize does to policies after zt, the guard refuses, and names the objects.
func TestGuard(t *testing.T) {
	for _, test := range []struct {
		name, added string
		objects     []string
	}{
		{"namespace", "namespace: sales\n", []string{
			"# missing: NetworkPolicy shop/deny-all", "# unexpected: NetworkPolicy sales/deny-all",
			"# missing: NetworkPolicy shop/allow-frontend", "# unexpected: NetworkPolicy sales/allow-frontend"}},
		{"commonLabels", "commonLabels:\n  team: boutique\n", []string{
			"# changed: NetworkPolicy shop/allow-frontend", "# changed: NetworkPolicy shop/allow-redis-cart"}},
		{"labels", "labels:\n- includeSelectors: true\n  pairs:\n    team: boutique\n", []string{
			"# changed: NetworkPolicy shop/allow-frontend", "# changed: NetworkPolicy shop/allow-redis-cart"}},
		{"a patch", "patches:\n- target:\n    kind: NetworkPolicy\n    name: allow-redis-cart\n  patch: |\n    - op: replace\n      path: /spec/ingress/0/from\n      value: []\n", []string{
			"# changed: NetworkPolicy shop/allow-redis-cart"}},
	} {
		for _, h := range hosts {
			t.Run(test.name+", "+h.name, func(t *testing.T) {
				dir := example(t, h)
				file := dir + "/overlays/staging/kustomization.yaml"
				write(t, file, read(t, file)+test.added)
				r := guard(dir, h.builds(t, dir+"/overlays/staging"))
				if r.code != 1 {
					t.Errorf("exit code %d\n%s", r.code, r.stderr)
				}
				contains(t, r.stdout, test.objects...)
			})
		}
	}
}

// What is no change of meaning the guard lets pass.
func TestGuardLetsPass(t *testing.T) {
	for _, h := range hosts {
		dir := example(t, h)
		file := dir + "/overlays/staging/kustomization.yaml"
		write(t, file, read(t, file)+"commonAnnotations:\n  team: boutique\nlabels:\n- pairs:\n    team: boutique\n")
		built := h.builds(t, dir+"/overlays/staging")
		contains(t, built, "team: boutique")
		if r := guard(dir, built); r.code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", h.name, r.code, r.stdout, r.stderr)
		}
	}
}

// Without zt there is no build, and not one without policies.
func TestWithoutCommand(t *testing.T) {
	for _, h := range hosts {
		// The plugins' folder is empty, and the function's command is on no PATH.
		h.fails(t, example(t, h)+"/overlays/staging", "KUSTOMIZE_PLUGIN_HOME="+t.TempDir(), "PATH=/usr/bin:/bin")
	}
}

// The example's validator says what does not fit the workloads, and there is no build.
func TestEvidence(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{"{ app=adservice } ", "{ app=adservise } ", "[ZT603]"},
		{"{ app=adservice } ", "{ app=adservise } ", "the pods of Deployment shop/adservice carry app=adservice"},
		{"{ app=emailservice }          :8080/tcp", "{ app=emailservice }          :5000/tcp", "emailservice"},
		{":5050/tcp", ":5051/tcp", "no container of shop/checkoutservice declares the port 5051/tcp"},
	} {
		for _, h := range hosts {
			dir := example(t, h)
			file := dir + "/base/shop.zt"
			changed := strings.Replace(read(t, file), test.before, test.after, 1)
			if changed == read(t, file) {
				t.Fatalf("there is no %q in the program", test.before)
			}
			write(t, file, changed)
			contains(t, h.fails(t, dir+"/overlays/production"), test.want)
		}
	}
}
