package hosts

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// pipelines is the folder of the example's pipelines.
const pipelines = checkout + "/examples/pipelines"

// step is a part of a pipeline that a shell runs.
type step struct {
	name  string
	shell []string
	text  string
}

// runner is a machine that a pipeline runs on: it has Go and git, a clone of a repository with the
// example in it, and nothing of zt or kustomize.
type runner struct {
	t    *testing.T
	dir  string // the clone
	env  []string
	bare string // what it was cloned from
}

// newRunner makes a runner. To install from the network is none of these tests: `go install`
// of what the pipelines install gives what the tests have built, and of anything else it fails.
func newRunner(t *testing.T) *runner {
	t.Helper()
	home := t.TempDir()
	shim := filepath.Join(home, "shim")
	write(t, filepath.Join(shim, "go"), strings.NewReplacer("TOOLS", tools, "KUSTOMIZE", kustomizeVersion(t)).Replace(`#!/bin/sh
set -eu
mkdir -p "$GOBIN"
case "$*" in
"install github.com/zt-lang/zt/cmd/zt@latest") cp TOOLS/zt "$GOBIN" ;;
"install sigs.k8s.io/kustomize/kustomize/v5@KUSTOMIZE") cp TOOLS/kustomize "$GOBIN" ;;
*) echo "go $*: not what is to be installed" >&2; exit 1 ;;
esac
`))
	if err := os.Chmod(filepath.Join(shim, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	gobin := filepath.Join(home, "gobin")
	r := &runner{t: t, dir: filepath.Join(home, "clone"), bare: filepath.Join(home, "repository.git")}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "GIT_") && !strings.HasPrefix(name, "KUSTOMIZE_") {
			r.env = append(r.env, v)
		}
	}
	r.env = append(r.env, "HOME="+home, "XDG_CONFIG_HOME=", "GOBIN="+gobin, "PATH="+shim+":"+gobin+":/usr/bin:/bin",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"GITHUB_STEP_SUMMARY="+filepath.Join(home, "summary.md"), "RUNNER_TEMP="+home)
	if err := os.CopyFS(r.dir, os.DirFS(checkout+"/examples/kustomize")); err != nil {
		t.Fatal(err)
	}
	r.passes(step{"repository", []string{"sh", "-euc"}, "git init -q -b main && git add . && git commit -q -m First && git clone -q --bare . " + r.bare +
		" && git remote add origin " + r.bare + " && git fetch -q && git branch -q -u origin/main"})
	return r
}

func kustomizeVersion(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "sigs.k8s.io/kustomize/kustomize/v5").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (r *runner) run(s step) result {
	c := exec.Command(s.shell[0], append(s.shell[1:len(s.shell):len(s.shell)], s.text)...)
	c.Dir, c.Env = r.dir, r.env
	var stdout, stderr strings.Builder
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil && c.ProcessState == nil {
		r.t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
}

func (r *runner) passes(steps ...step) (last result) {
	r.t.Helper()
	for _, s := range steps {
		if last = r.run(s); last.code != 0 {
			r.t.Fatalf("%s: exit code %d\n%s%s", s.name, last.code, last.stdout, last.stderr)
		}
	}
	return last
}

// fails runs steps of which one is to fail, and returns what it said.
func (r *runner) fails(steps ...step) string {
	r.t.Helper()
	for _, s := range steps {
		if out := r.run(s); out.code != 0 {
			return out.stdout + out.stderr
		}
	}
	r.t.Error("no step failed")
	return ""
}

// breaks changes the clone so that the guard is to refuse it.
func (r *runner) breaks() {
	file := r.dir + "/overlays/production/kustomization.yaml"
	write(r.t, file, read(r.t, file)+"namespace: sales\n")
}

// variables are added to what the steps see.
func (r *runner) variables(m map[string]string) {
	for name, value := range m {
		r.env = append(r.env, name+"="+value)
	}
}

func parse(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(read(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// parseLoosely parses a file of which a test reads only some fields.
func parseLoosely(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// GitHub runs `bash -e`, without pipefail.
func TestGitHubActions(t *testing.T) {
	var workflow struct {
		Name        string            `json:"name"`
		On          any               `json:"on"`
		True        any               `json:"true"` // what YAML 1.1 reads `on` as
		Permissions map[string]string `json:"permissions"`
		Env         map[string]string `json:"env"`
		Jobs        map[string]struct {
			RunsOn string `json:"runs-on"`
			Steps  []struct {
				Name string            `json:"name"`
				Uses string            `json:"uses"`
				With map[string]any    `json:"with"`
				If   string            `json:"if"`
				Env  map[string]string `json:"env"`
				Run  string            `json:"run"`
			} `json:"steps"`
		} `json:"jobs"`
	}
	path := pipelines + "/github-actions.yaml"
	parse(t, path, &workflow)
	if out, err := exec.Command("go", "tool", "actionlint", "-shellcheck=", "-pyflakes=", path).CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
	var steps []step
	for _, s := range workflow.Jobs["policies"].Steps {
		if s.Run != "" {
			steps = append(steps, step{s.Name, []string{"bash", "-ec"}, s.Run})
		}
	}
	if len(steps) != 4 {
		t.Fatalf("%d steps", len(steps))
	}
	r := newRunner(t)
	r.variables(workflow.Env)
	r.variables(map[string]string{"BEFORE": "HEAD"})
	program := r.dir + "/base/shop.zt"
	write(t, program, strings.Replace(read(t, program), "cartservice           -> redis-cart\n", "cartservice           -> redis-cart\n  adservice             -> redis-cart\n", 1))
	r.passes(steps...)
	contains(t, read(t, filepath.Dir(r.dir)+"/summary.md"), "adservice", "redis-cart")
	for _, overlay := range overlays {
		contains(t, read(t, r.dir+"/built/"+overlay+".yaml"), "name: deny-all")
	}

	r = newRunner(t)
	r.variables(workflow.Env)
	r.breaks()
	contains(t, r.fails(steps[:3]...), "# missing: NetworkPolicy shop/deny-all")
	r = newRunner(t)
	r.variables(workflow.Env)
	write(t, r.dir+"/base/wrong.zt", "shop/frontend -> shop/bakend\n")
	contains(t, r.fails(steps[:3]...), "::error file=base/wrong.zt,line=1,")
}

// GitLab runs the lines of before_script and script in one shell, with `set -eo pipefail`.
func TestGitLabCI(t *testing.T) {
	var file struct {
		Variables map[string]string `json:"variables"`
		Policies  struct {
			Image     string              `json:"image"`
			Before    []string            `json:"before_script"`
			Script    []string            `json:"script"`
			Artifacts map[string][]string `json:"artifacts"`
		} `json:"policies"`
	}
	parse(t, pipelines+"/gitlab-ci.yaml", &file)
	job := step{"policies", []string{"bash", "-eo", "pipefail", "-c"}, strings.Join(append(file.Policies.Before, file.Policies.Script...), "\n")}
	r := newRunner(t)
	r.variables(file.Variables)
	r.passes(job)
	contains(t, read(t, r.dir+"/built/production.yaml"), "name: deny-all")
	r = newRunner(t)
	r.variables(file.Variables)
	r.breaks()
	contains(t, r.fails(job), "# missing: NetworkPolicy shop/deny-all")
}

func TestArgoCD(t *testing.T) {
	// The fields that Argo CD knows of a plugin.
	type command struct {
		Command []string `json:"command"`
		Args    []string `json:"args"`
	}
	var plugin struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Spec struct {
			Version  string   `json:"version"`
			Init     *command `json:"init"`
			Generate command  `json:"generate"`
			Discover *any     `json:"discover"`
		} `json:"spec"`
	}
	parse(t, pipelines+"/argo-cd/plugin.yaml", &plugin)
	var application struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
		Spec       struct {
			Project     string         `json:"project"`
			Destination map[string]any `json:"destination"`
			SyncPolicy  map[string]any `json:"syncPolicy"`
			Source      struct {
				RepoURL        string `json:"repoURL"`
				TargetRevision string `json:"targetRevision"`
				Path           string `json:"path"`
				Plugin         struct {
					Name string                         `json:"name"`
					Env  []struct{ Name, Value string } `json:"env"`
				} `json:"plugin"`
			} `json:"source"`
		} `json:"spec"`
	}
	parse(t, pipelines+"/argo-cd/application.yaml", &application)
	source := application.Spec.Source
	if source.Plugin.Name != plugin.Metadata.Name {
		t.Errorf("the Application names the plugin %q, which is called %q", source.Plugin.Name, plugin.Metadata.Name)
	}
	generate := plugin.Spec.Generate
	if len(generate.Args) != 1 {
		t.Fatal(generate.Args)
	}

	// The image: what RUN says, in folders of this test.
	image := t.TempDir()
	var build []step
	env := map[string]string{}
	for line := range strings.Lines(read(t, pipelines+"/argo-cd/Dockerfile")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.ReplaceAll(strings.ReplaceAll(rest, "=/out", "="+image+"/out"), "=/opt", "="+image+"/opt")
		switch word {
		case "ARG", "ENV":
			for _, assignment := range strings.Fields(rest) {
				name, value, _ := strings.Cut(assignment, "=")
				env[name] = value
			}
		case "RUN":
			build = append(build, step{line, []string{"sh", "-ec"}, rest})
		}
	}
	if len(build) != 3 {
		t.Fatalf("%d parts", len(build))
	}
	r := newRunner(t)
	r.variables(env)
	r.env = append(r.env, "PATH="+filepath.Dir(r.dir)+"/shim:"+image+"/out:/usr/bin:/bin")
	r.passes(build...)
	for _, v := range source.Plugin.Env {
		r.variables(map[string]string{"ARGOCD_ENV_" + v.Name: v.Value})
	}
	run := step{"generate", generate.Command, generate.Args[0]}
	clone := r.dir
	r.dir = filepath.Join(clone, source.Path)
	contains(t, r.passes(run).stdout, "name: deny-all", "kind: Deployment")

	r.dir = clone
	r.breaks()
	r.dir = filepath.Join(clone, source.Path)
	out := r.run(run)
	if out.code == 0 || out.stdout != "" {
		t.Errorf("exit code %d, and on standard output:\n%s", out.code, out.stdout)
	}
	contains(t, out.stderr, "# missing: NetworkPolicy shop/deny-all")
	write(t, clone+"/base/shop.zt", "frontend -> backend")
	if out := r.run(run); out.code == 0 || out.stdout != "" {
		t.Errorf("exit code %d, and on standard output:\n%s", out.code, out.stdout)
	}
}

func TestFlux(t *testing.T) {
	r := newRunner(t)
	r.passes(step{"install", []string{"sh", "-ec"}, "go install github.com/zt-lang/zt/cmd/zt@latest; go install sigs.k8s.io/kustomize/kustomize/v5@" + kustomizeVersion(t) + "; zt kustomize --install"})
	render := step{"render", []string{"sh", "-c"}, read(t, pipelines+"/flux/render.sh")}
	log := step{"log", []string{"sh", "-ec"}, "git --git-dir " + r.bare + " log --format=%s main"}
	r.passes(render)
	if first := r.passes(log).stdout; strings.Count(first, "\n") != 2 || !strings.HasPrefix(first, "Render ") {
		t.Errorf("commits:\n%s", first)
	}
	// What is the same is no commit.
	r.passes(render)
	if again := r.passes(log).stdout; strings.Count(again, "\n") != 2 {
		t.Errorf("commits:\n%s", again)
	}
	// What Flux applies is what the program says.
	for document := range strings.SplitSeq(read(t, pipelines+"/flux/shop.yaml"), "---\n") {
		var object struct {
			Kind string `json:"kind"`
			Spec struct {
				Path  string `json:"path"`
				Prune bool   `json:"prune"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if object.Kind == "Kustomization" {
			r.passes(step{"verify", []string{"sh", "-ec"}, "zt verify base --manifests " + object.Spec.Path})
		}
	}
	// What the guard refuses is not committed, and leaves what was there.
	before := read(t, r.dir+"/rendered/production/manifests.yaml")
	r.breaks()
	contains(t, r.fails(render), "# missing: NetworkPolicy shop/deny-all")
	if read(t, r.dir+"/rendered/production/manifests.yaml") != before {
		t.Error("what was refused was written")
	}
	if after := r.passes(log).stdout; strings.Count(after, "\n") != 2 {
		t.Errorf("commits:\n%s", after)
	}
}

// commands are the shell parts of a document, one by one; what is ``` alone is for a cluster.
var commands = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestDocuments runs the shell parts of the documents, each with a command a line.
func TestDocuments(t *testing.T) {
	for _, name := range []string{"kustomize", "pipelines"} {
		r := newRunner(t)
		r.env = append(r.env, "PATH="+tools+":/usr/bin:/bin", "KUSTOMIZE_PLUGIN_HOME="+plugins)
		found := commands.FindAllStringSubmatch(read(t, checkout+"/examples/"+name+"/README.md"), -1)
		if len(found) < 2 {
			t.Errorf("%s: %d shell parts", name, len(found))
		}
		for _, m := range found {
			r.passes(step{name, []string{"bash", "-euo", "pipefail", "-c"}, m[1]})
		}
	}
	// Where kustomize says nothing, the guard refuses, with pipefail or without.
	r := newRunner(t)
	r.env = append(r.env, "PATH="+tools+":/usr/bin:/bin", "KUSTOMIZE_PLUGIN_HOME="+t.TempDir())
	contains(t, r.fails(step{"guard", []string{"sh", "-c"}, "kustomize build --enable-alpha-plugins overlays/production | zt verify base --manifests -"}), "there is no manifest")
}

// shown is the output that the document of the example shows.
var shown = regexp.MustCompile("(?ms)^```\n([+-].*?)^```$")

func TestShownOutput(t *testing.T) {
	dir := example(t, kustomizePlugin)
	file := dir + "/overlays/production/kustomization.yaml"
	write(t, file, read(t, file)+"namespace: sales\n")
	out := guard(dir, kustomizePlugin.builds(t, dir+"/overlays/production")).stdout
	m := shown.FindStringSubmatch(read(t, checkout+"/examples/kustomize/README.md"))
	if m == nil {
		t.Fatal("it shows none")
	}
	for line := range strings.Lines(m[1]) {
		if line != "...\n" && !strings.Contains("\n"+out, "\n"+line) {
			t.Errorf("there is no line %q in\n%s", line, out)
		}
	}
}
