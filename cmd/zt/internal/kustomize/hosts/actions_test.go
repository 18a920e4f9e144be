package hosts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// github is the folder of the action and the workflows.
const github = checkout + "/.github"

// jobSteps are the steps of a job or of an action.
type jobSteps []struct {
	ID    string            `json:"id"`
	Name  string            `json:"name"`
	Uses  string            `json:"uses"`
	With  map[string]any    `json:"with"`
	If    string            `json:"if"`
	Shell string            `json:"shell"`
	Env   map[string]string `json:"env"`
	Run   string            `json:"run"`
}

// expression is what GitHub replaces in a workflow.
var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// names lists the steps with a script. Expressions are only in their variables, where nothing can
// become a part of the script.
func (list jobSteps) names(t *testing.T) (names []string) {
	t.Helper()
	for _, s := range list {
		if s.Run == "" {
			continue
		}
		if expression.MatchString(s.Run) {
			t.Errorf("%s: an expression is in the script", s.Name)
		}
		names = append(names, s.Name)
	}
	return names
}

// step returns a step with a script, and its ID. The values are those of its expressions.
func (list jobSteps) step(t *testing.T, name string, values map[string]string) (id string, _ step) {
	t.Helper()
	for _, s := range list {
		if s.Name != name || s.Run == "" {
			continue
		}
		var set strings.Builder
		for name, value := range s.Env {
			text := expression.ReplaceAllStringFunc(value, func(e string) string {
				value, ok := values[expression.FindStringSubmatch(e)[1]]
				if !ok {
					t.Errorf("%s: %s has no value here", s.Name, e)
				}
				return value
			})
			fmt.Fprintf(&set, "export %s='%s'\n", name, strings.ReplaceAll(text, "'", `'\''`))
		}
		return s.ID, step{s.Name, []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"}, set.String() + s.Run}
	}
	t.Fatalf("there is no step %s", name)
	return "", step{}
}

// releases serves a release of the zt that was built, with a checksum that may be wrong.
func releases(t *testing.T, checksum func(archive []byte) string) string {
	t.Helper()
	var archive bytes.Buffer
	z := gzip.NewWriter(&archive)
	w := tar.NewWriter(z)
	data := read(t, filepath.Join(tools, "zt"))
	if err := w.WriteHeader(&tar.Header{Name: "zt", Mode: 0o755, Size: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	z.Close()
	sum := checksum(archive.Bytes())
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/download/v1.0.0/zt_linux_amd64.tar.gz", "/latest/download/zt_linux_amd64.tar.gz":
			out.Write(archive.Bytes())
		case "/download/v1.0.0/checksums.txt", "/latest/download/checksums.txt":
			fmt.Fprintf(out, "%064d  zt_darwin_amd64.tar.gz\n%s", 0, sum)
		default:
			http.NotFound(out, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func rightSum(archive []byte) string {
	return fmt.Sprintf("%x  zt_linux_amd64.tar.gz\n", sha256.Sum256(archive))
}

// pullRequest is a clone in which a pull request changes the program, and the action's steps.
type pullRequest struct {
	*runner
	github *fakeGitHub
	list   jobSteps
	values map[string]string // of expressions
	output string            // what all steps wrote there
}

// newPullRequest makes a pull request, with GitHub's API as far as the action asks it.
func newPullRequest(t *testing.T, releases string) *pullRequest {
	t.Helper()
	var action struct {
		Inputs map[string]struct {
			Default string `json:"default"`
		} `json:"inputs"`
		Runs struct {
			Using string   `json:"using"`
			Steps jobSteps `json:"steps"`
		} `json:"runs"`
	}
	parseLoosely(t, github+"/actions/zt/action.yaml", &action)
	r := newRunner(t)
	home := filepath.Dir(r.dir)
	api := newFakeGitHub(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	write(t, home+"/shim/gh", "#!/bin/sh\n"+fakeGH+"="+api.url+" exec '"+self+"' \"$@\"\n")
	if err := os.Chmod(home+"/shim/gh", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"path", "output", "summary.md"} {
		write(t, home+"/"+name, "")
	}
	r.variables(map[string]string{"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "GITHUB_REPOSITORY": "shop/shop",
		"GITHUB_PATH": home + "/path", "GITHUB_OUTPUT": home + "/output", "PATH": home + "/shim:" + home + "/zt/bin:/usr/bin:/bin"})
	base := strings.TrimSpace(r.passes(step{"base", []string{"sh", "-ec"}, "git rev-parse HEAD"}).stdout)
	p := &pullRequest{runner: r, github: api, list: action.Runs.Steps, values: map[string]string{
		"github.event.pull_request.base.sha": base, "github.event.pull_request.number": "3", "github.token": "secret",
		"github.server_url": "https://github.com", "github.repository": "shop/shop", "github.run_id": "1",
	}}
	for name, input := range action.Inputs {
		p.values["inputs."+name] = input.Default
	}
	p.values["inputs.releases"], p.values["inputs.program"], p.values["inputs.token"] = releases, "base", "secret"
	return p
}

// goes runs steps one by one, and returns what the last one said.
func (p *pullRequest) goes(names ...string) (last result) {
	p.t.Helper()
	for _, name := range names {
		if last = p.tries(name); last.code != 0 {
			p.t.Fatalf("%s: exit code %d\n%s%s", name, last.code, last.stdout, last.stderr)
		}
	}
	return last
}

// tries runs a step that may fail. Its outputs are values for the steps after it.
func (p *pullRequest) tries(name string) result {
	p.t.Helper()
	id, s := p.list.step(p.t, name, p.values)
	out := p.run(s)
	text := p.file("output")
	for line := range strings.Lines(strings.TrimPrefix(text, p.output)) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok || id == "" {
			p.t.Errorf("%s: the output %q", name, line)
		}
		p.values["steps."+id+".outputs."+key] = value
	}
	p.output = text
	return out
}

func (p *pullRequest) file(name string) string { return read(p.t, filepath.Dir(p.dir)+"/"+name) }

// adds changes the program so that it permits one more connection.
func (p *pullRequest) adds(file, from string) {
	text := read(p.t, p.dir+"/"+file)
	changed := strings.Replace(text, "cartservice           -> redis-cart\n", "cartservice           -> redis-cart\n  "+from+" -> redis-cart\n", 1)
	if changed == text {
		p.t.Fatal(file)
	}
	write(p.t, p.dir+"/"+file, changed)
}

func TestAction(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	p.adds("base/shop.zt", "adservice")
	if got := strings.Join(p.list.names(t), ", "); got != "Install, Check, Compare with the base, Comment, Result" {
		t.Fatal(got)
	}
	contains(t, p.goes("Install").stdout, "zt_linux_amd64.tar.gz: OK", "zt ")
	contains(t, p.file("path"), "/zt/bin")
	p.goes("Check", "Compare with the base", "Comment", "Result")
	contains(t, p.file("output"), "code=0\n", "changed=true\n", "/zt.sarif\n")
	contains(t, p.file("zt/zt.sarif"), `"version": "2.1.0"`)
	contains(t, p.file("summary.md"), "adservice", "redis-cart")
	comments := p.github.written()
	if len(comments) != 1 || !strings.HasPrefix(comments[0], "<!-- zt base ") {
		t.Fatalf("%q", comments)
	}
	contains(t, comments[0], "adservice", "redis-cart")

	// The next push edits the comment.
	p.adds("base/shop.zt", "emailservice")
	p.goes("Install", "Check", "Compare with the base", "Comment")
	if comments = p.github.written(); len(comments) != 1 {
		t.Fatalf("%q", comments)
	}
	contains(t, comments[0], "adservice", "emailservice")

	// A job can use the action again, for example for another program, which has its own comment.
	if err := os.CopyFS(p.dir+"/base -->2", os.DirFS(p.dir+"/base")); err != nil {
		t.Fatal(err)
	}
	p.values["inputs.program"] = "base -->2"
	p.goes("Install", "Check", "Compare with the base", "Comment", "Comment")
	p.values["inputs.program"] = "base  ->2" // which has the same name where it is made safe
	p.goes("Install", "Compare with the base", "Comment")
	if comments := p.github.written(); len(comments) != 3 || !strings.HasPrefix(comments[1], "<!-- zt base_--_2 ") {
		t.Errorf("%q", comments)
	}
	p.values["inputs.program"] = "base"
	p.goes("Install", "Compare with the base")

	// A comparison that no comment can hold is only in the summary.
	write(t, filepath.Dir(p.dir)+"/zt/diff.md", p.file("zt/diff.md")+strings.Repeat("long\n", 20_000))
	p.goes("Comment")
	contains(t, p.github.written()[0], "[the summary](https://github.com/shop/shop/actions/runs/1)")
}

// The comments of other users stay as they are, whatever they write and however many they are.
func TestActionComments(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	p.goes("Install", "Compare with the base")
	mark, _, _ := strings.Cut(p.file("zt/diff.md"), "\n")
	for range 120 { // more than a page
		p.github.add("somebody", mark+"\nNo, this is the comment")
	}
	p.github.add(viewer, "See "+mark)
	p.goes("Comment", "Comment")
	if comments := p.github.written(); len(comments) != 2 || !strings.HasPrefix(comments[1], mark+"\n### What") {
		t.Errorf("%q", comments)
	}
}

// Wrong programs fail the job at its end, with annotations, and are compared as far as that goes.
// What they say is no command for the runner.
func TestActionOfWrongPrograms(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	write(t, p.dir+"/base/wrong.zt", "::add-mask::shop\nimport \"##[add-mask]shop.zt\"\n")
	p.goes("Install")
	check := p.goes("Check").stdout
	contains(t, check, "::error file=base/wrong.zt,line=1,", "::error file=base/wrong.zt,line=2,")
	contains(t, p.file("output"), "code=1\n")
	contains(t, p.file("zt/zt.sarif"), "ZT206")
	compare := p.goes("Compare with the base").stdout
	contains(t, compare, "##[add-mask]")
	for _, text := range []string{check, compare} {
		if got := runnerCommands(text); !slices.Equal(got, slices.Repeat([]string{"error"}, len(got))) {
			t.Errorf("the runner reads %q in\n%s", got, text)
		}
	}
	p.goes("Comment")
	contains(t, p.github.written()[0], "has errors, so zt cannot compare them")
	contains(t, p.file("output"), "changed=\n")
	if out := p.tries("Result"); out.code != 1 {
		t.Error(out)
	}

	// What cannot be read is no error of the program.
	p.values["inputs.program"] = "##[add-mask]none"
	check = p.goes("Check").stdout
	contains(t, check, "none")
	if got := runnerCommands(check); got != nil {
		t.Errorf("the runner reads %q in\n%s", got, check)
	}
	if out := p.tries("Result"); out.code != 2 {
		t.Error(out)
	}
}

// runnerCommands returns the names of the commands that a runner reads in a log: ::name ...:: at the start
// of a line, or the elder ##[name ...] anywhere.
func runnerCommands(log string) (names []string) {
	command := regexp.MustCompile(`^\s*::([a-z-]+)( [^:]*)?::(.*)|##\[([a-z-]+)`)
	stopped := ""
	for line := range strings.Lines(log) {
		m := command.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		switch {
		case stopped != "":
			if strings.TrimSpace(line) == "::"+stopped+"::" {
				stopped = ""
			}
		case m == nil:
		case m[1] == "stop-commands":
			stopped = m[3]
		default:
			names = append(names, m[1]+m[4])
		}
	}
	if stopped != "" {
		names = append(names, "stopped for good")
	}
	return names
}

// A new program has nothing to be compared with, and names are no parts of scripts.
func TestActionOfNewPrograms(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	p.goes("Install")
	odd := "new; touch owned $(touch owned)"
	if err := os.Rename(p.dir+"/base", p.dir+"/"+odd); err != nil {
		t.Fatal(err)
	}
	p.values["inputs.program"] = odd
	p.goes("Check", "Compare with the base", "Comment", "Result")
	contains(t, p.github.written()[0], "The base has no program to compare with.")
	if _, err := os.Stat(p.dir + "/owned"); err == nil {
		t.Error("a name was run")
	}
}

// What does not have the checksum of the release is not installed.
func TestActionChecksums(t *testing.T) {
	for name, sum := range map[string]func([]byte) string{
		"wrong": func(archive []byte) string { return rightSum(append(archive, 0)) },
		"none":  func([]byte) string { return "" },
	} {
		p := newPullRequest(t, releases(t, sum))
		if out := p.tries("Install"); out.code == 0 {
			t.Errorf("%s: installed\n%s", name, out.stdout)
		}
		if _, err := os.Stat(filepath.Dir(p.dir) + "/zt/bin/zt"); err == nil {
			t.Errorf("%s: zt is there", name)
		}
	}
}

// uses is a step that runs an action of another repository.
var uses = regexp.MustCompile(`(?m)^ *(?:- )?uses: (.*)$`)

// pinned is an action by the hash of a commit, which nobody can move as they can move a tag.
var pinned = regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40} # v[0-9]`)

// goVersion is the release of Go that a job installs.
var goVersion = regexp.MustCompile(`(?m)^ *go-version: "(.*?)"`)

// The workflows are valid, and other tests run each of their scripts as it stands here.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(github + "/workflows/*.yaml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	out, err := exec.Command("go", append([]string{"tool", "actionlint", "-shellcheck=", "-pyflakes="}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
	var scripts []string
	for _, file := range files {
		var workflow struct {
			Jobs map[string]struct {
				Steps jobSteps `json:"steps"`
			} `json:"jobs"`
		}
		parseLoosely(t, file, &workflow)
		for _, job := range workflow.Jobs {
			for _, s := range job.Steps {
				if s.Run != "" {
					scripts = append(scripts, s.Run)
				}
			}
		}
	}
	slices.Sort(scripts)
	want := []string{ // and what runs each
		`.ci/release/goreleaser release --clean`,               // .ci/release/check
		`examples/playground/build site`,                       // TestPlaygroundScript
		systems(t),                                             // TestSystems
		`sudo --preserve-env=HOME,CI env "PATH=$PATH" .ci/run`, // CI itself
		`sudo env "PATH=$PATH" .ci/release/check`,              // .ci/run
	}
	slices.Sort(want)
	if !slices.Equal(scripts, want) {
		t.Errorf("the workflows run\n%s\nand the tests run\n%s", strings.Join(scripts, "\n"), strings.Join(want, "\n"))
	}

	// They build with the release of Go that the modules are for.
	for _, module := range []string{checkout, checkout + "/emit/conformance", "."} {
		out, err := exec.Command("go", "-C", module, "list", "-m", "-f", "{{.GoVersion}}").Output()
		if err != nil {
			t.Fatal(err)
		}
		release := strings.Join(strings.SplitN(strings.TrimSpace(string(out)), ".", 3)[:2], ".")
		for _, file := range files {
			built := goVersion.FindAllStringSubmatch(read(t, file), -1)
			if len(built) == 0 {
				t.Errorf("%s does not say with which Go it builds", file)
			}
			for _, m := range built {
				if m[1] != release {
					t.Errorf("%s builds with Go %s, and the module in %s is for %s", file, m[1], module, release)
				}
			}
		}
	}

	for _, file := range append(files, github+"/actions/zt/action.yaml", pipelines+"/github-actions.yaml") {
		for _, m := range uses.FindAllStringSubmatch(read(t, file), -1) {
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s uses %s, without the hash of a commit and its tag in a comment", file, m[1])
			}
		}
	}
}

// systems returns the script of the job for other systems.
func systems(t *testing.T) string {
	t.Helper()
	var workflow struct {
		Jobs map[string]struct {
			Steps jobSteps `json:"steps"`
		} `json:"jobs"`
	}
	parseLoosely(t, github+"/workflows/ci.yaml", &workflow)
	for _, s := range workflow.Jobs["systems"].Steps {
		if s.Run != "" {
			return s.Run
		}
	}
	t.Fatal("the job has no script")
	return ""
}

// The job for other systems passes here. For these systems, its tests compile and link; the job runs them.
func TestSystems(t *testing.T) {
	script := systems(t)
	for _, env := range [][]string{nil, {"GOOS=darwin", "GOARCH=arm64", "GOFLAGS=-exec=true -vet=off"}, {"GOOS=windows", "GOARCH=amd64", "GOFLAGS=-exec=true -vet=off"}} {
		c := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
		c.Dir, c.Env = checkout, append(os.Environ(), env...)
		if out, err := c.CombinedOutput(); err != nil || bytes.Count(out, []byte("\nok ")) < 10 {
			t.Errorf("%v: %v\n%s", env, err, out)
		}
	}
}

// The step that builds the playground writes what a server needs, and nothing else.
func TestPlaygroundScript(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command("sh", "-ec", `cd "$0" && examples/playground/build "$1"`, checkout, site).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(site + "/*")
	if err != nil || len(files) != 9 {
		t.Error(files, err)
	}
}

// A checkout has the same bytes on Windows, where git may write CRLF.
func TestCheckoutEverywhere(t *testing.T) {
	clone := filepath.Join(t.TempDir(), "clone")
	out, err := exec.Command("sh", "-ec", `
git init -q "$0"
cp "$1/.gitattributes" "$1/README.md" "$0"
cd "$0"
git -c core.autocrlf=true add .
git -c user.name=a -c user.email=a@example.com commit -q -m First
rm README.md
git -c core.autocrlf=true checkout -q README.md`, clone, checkout).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text := read(t, clone+"/README.md"); text != read(t, checkout+"/README.md") {
		t.Errorf("git writes %.20q", text)
	}
}
