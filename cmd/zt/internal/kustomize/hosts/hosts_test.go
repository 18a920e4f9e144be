// Package hosts holds zt to the hosts that run it: kustomize as it is released, the kustomize that
// kubectl has in it, and the library for functions that other hosts are made of. It is a module of its own,
// so that none of them is a dependency of zt.
package hosts

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout is the folder of zt's module.
const checkout = "../../../../.."

// tools is a folder with zt, zt-kustomize and kustomize, which every command here finds first.
var tools string

// plugins is where `zt kustomize --install` put the plugin.
var plugins string

func TestMain(m *testing.M) {
	if server := os.Getenv(fakeGH); server != "" {
		if err := runGH(server, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "gh:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "hosts")
	if err == nil {
		err = prepare(dir)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

func prepare(dir string) error {
	tools, plugins = filepath.Join(dir, "bin"), filepath.Join(dir, "plugins")
	if err := os.Mkdir(tools, 0o755); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"build", "-C", checkout, "-o", filepath.Join(tools, "zt"), "./cmd/zt"},
		{"build", "-o", filepath.Join(tools, "kustomize"), "sigs.k8s.io/kustomize/kustomize/v5"},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	if _, err := exec.LookPath("kubectl"); err != nil {
		return errors.New("these tests run kubectl, and there is none: install it (https://kubernetes.io/docs/tasks/tools/), " +
			"or, with a folder of PATH in place of ~/bin, go build -C emit/conformance -o ~/bin/kubectl k8s.io/kubernetes/cmd/kubectl")
	}
	r := run(".", "", nil, "zt", "kustomize", "--install")
	if r.code != 0 {
		return fmt.Errorf("zt kustomize --install: %s", r.stderr)
	}
	return nil
}

// result is what a command said.
type result struct {
	stdout, stderr string
	code           int
}

// run runs a command of the tools in a folder.
func run(dir, stdin string, env []string, name string, args ...string) result {
	path := filepath.Join(tools, name)
	if _, err := os.Stat(path); err != nil {
		path = name
	}
	c := exec.Command(path, args...)
	c.Dir, c.Stdin = dir, strings.NewReader(stdin)
	c.Env = append(os.Environ(), "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"), "KUSTOMIZE_PLUGIN_HOME="+plugins)
	c.Env = append(c.Env, env...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	r := result{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
	if r.code < 0 {
		r.stderr += err.Error()
	}
	return r
}

// host is a program that runs zt, by one of its contracts.
type host struct {
	name     string
	command  []string
	function bool // the Topology has the annotation of a function
}

var (
	kustomizePlugin   = host{"kustomize, plugin", []string{"kustomize", "build", "--enable-alpha-plugins"}, false}
	kustomizeFunction = host{"kustomize, function", []string{"kustomize", "build", "--enable-alpha-plugins", "--enable-exec"}, true}
	kubectlPlugin     = host{"kubectl, plugin", []string{"kubectl", "kustomize", "--enable-alpha-plugins"}, false}

	hosts = []host{kustomizePlugin, kustomizeFunction, kubectlPlugin}
)

// build builds a kustomization.
func (h host) build(dir string, env ...string) result {
	return run(dir, "", env, h.command[0], append(h.command[1:len(h.command):len(h.command)], ".")...)
}

// builds builds a kustomization that is to be built.
func (h host) builds(t *testing.T, dir string) string {
	t.Helper()
	r := h.build(dir)
	if r.code != 0 {
		t.Fatalf("%s: exit code %d\n%s", h.name, r.code, r.stderr)
	}
	return r.stdout
}

// fails builds a kustomization that is not to be built, and returns what standard error says.
func (h host) fails(t *testing.T, dir string, env ...string) string {
	t.Helper()
	r := h.build(dir, env...)
	if r.code == 0 || r.stdout != "" {
		t.Errorf("%s: exit code %d, and on standard output:\n%s", h.name, r.code, r.stdout)
	}
	return r.stderr
}

// folder writes files, each `path: text`, into a new folder. The Topologies among them get
// the annotation of a function if the host is to take them for one.
func folder(t *testing.T, h host, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	annotate(t, h, dir)
	return dir
}

// example copies the example, for a host.
func example(t *testing.T, h host) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(checkout, "examples", "kustomize"))); err != nil {
		t.Fatal(err)
	}
	annotate(t, h, dir)
	return dir
}

func annotate(t *testing.T, h host, dir string) {
	t.Helper()
	if !h.function {
		return
	}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text := read(t, path)
		if !strings.Contains(text, "\nkind: Topology\nmetadata:\n") {
			return nil
		}
		write(t, path, strings.Replace(text, "\nmetadata:\n", "\nmetadata:\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: zt-kustomize\n", 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// contains holds a text to lines and phrases that are to be in it.
func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("there is no %q in\n%s", w, text)
		}
	}
}
