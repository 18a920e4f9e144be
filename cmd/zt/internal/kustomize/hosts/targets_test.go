package hosts

import (
	"strings"
	"testing"
)

// Each target's objects come out of each host, are validated there, and permit what the program says.
func TestTargets(t *testing.T) {
	const denied = "deny backend -> frontend\n"
	for _, test := range []struct {
		targets string
		kinds   []string
	}{
		{"[networkpolicy, clusternetworkpolicy]", []string{"NetworkPolicy", "ClusterNetworkPolicy"}},
		{"cilium", []string{"CiliumNetworkPolicy"}},
		{"[cilium, ciliumclusterwide]", []string{"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"}},
		{"[networkpolicy, cilium]", []string{"NetworkPolicy", "CiliumNetworkPolicy"}},
	} {
		for _, h := range hosts {
			t.Run(test.targets+", "+h.name, func(t *testing.T) {
				with := func(fields string) map[string]string {
					files := kustomization(fields)
					files["shop.zt"] = program + denied
					for _, name := range []string{"topology.yaml", "validate.yaml"} {
						files[name] += "  target: " + test.targets + "\n"
					}
					return files
				}
				dir := folder(t, h, with("generators: [topology.yaml]\nvalidators: [validate.yaml]\n"))
				generated := h.builds(t, dir)
				for _, kind := range test.kinds {
					contains(t, generated, "\nkind: "+kind+"\n")
				}
				// Twice is as good as once.
				if twice := h.builds(t, folder(t, h, with("generators: [topology.yaml]\ntransformers: [topology.yaml]\n"))); twice != generated {
					t.Errorf("as generator and transformer:\n%s\nand as generator:\n%s", twice, generated)
				}
				targets := strings.NewReplacer("[", "", "]", "", " ", "").Replace(test.targets)
				r := run(dir, generated, nil, "zt", "verify", "shop.zt", "--target", targets, "--manifests", "-")
				if r.code != 0 {
					t.Errorf("zt verify: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
				}
			})
		}
	}
}
