package hosts

import (
	"os"
	"path/filepath"
	"testing"
)

// kubectl completes the command line of its plugin: with zt under the name that kubectl looks for, and
// with the script that `zt completion kubectl` prints.
func TestKubectlCompletion(t *testing.T) {
	t.Setenv("BASH_COMP_DEBUG_FILE", "")
	for name, install := range map[string]string{
		"name":   `ln -s "$1" "$0/kubectl_complete-zt"`,
		"script": `"$1" completion kubectl >"$0/kubectl_complete-zt" && chmod +x "$0/kubectl_complete-zt"`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "shop.zt"), program)
			r := run(dir, "", nil, "sh", "-euc", `ln -s "$1" "$0/kubectl-zt"; `+install, dir, filepath.Join(tools, "zt"))
			if r.code != 0 {
				t.Fatal(r)
			}
			path := []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")}
			for _, c := range []struct {
				words []string
				want  string
			}{
				{[]string{"che"}, "check\treport what is wrong with a topology, or with NetworkPolicies\n:4\n"},
				{[]string{"build", "--layout=e"}, "edge\n:4\n"},
				{[]string{"reach", "shop.zt", "--from", "default/f"}, "default/frontend\n:4\n"},
				{[]string{"build", ""}, "zt\n:8\n"},
				{[]string{"build", "--output", ""}, ":0\n"},
				{[]string{"version", ""}, ":4\n"},
			} {
				if r := run(dir, "", path, "kubectl", append([]string{"__complete", "zt"}, c.words...)...); r.stdout != c.want || r.code != 0 {
					t.Errorf("%q: %q, exit code %d\n%s", c.words, r.stdout, r.code, r.stderr)
				}
			}
			if r := run(dir, "", path, "kubectl", "zt", "reach", "--from", "frontend"); r.code != 0 {
				t.Error(r)
			}
		})
	}
}
