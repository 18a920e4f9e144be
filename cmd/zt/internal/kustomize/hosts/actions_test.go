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

// steps returns the steps with a script, by name. Expressions are only in their variables, where nothing
// can become a part of the script.
func (list jobSteps) steps(t *testing.T, values map[string]string) (names []string, steps map[string]step) {
	t.Helper()
	steps = map[string]step{}
	for _, s := range list {
		if s.Run == "" {
			continue
		}
		if expression.MatchString(s.Run) {
			t.Errorf("%s: an expression is in the script", s.Name)
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
		names = append(names, s.Name)
		steps[s.Name] = step{s.Name, []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"}, set.String() + s.Run}
	}
	return names, steps
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
	names  []string
	steps  map[string]step
	values map[string]string
}

// newPullRequest makes a pull request that changes a program, with a `gh` that keeps comments in a folder.
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
	write(t, home+"/shim/gh", `#!/bin/sh
set -eu
comments=$(dirname "$0")/../comments
mkdir -p "$comments"
printf '%s\n' "$*" >> "$comments/calls"
for word; do
  case $word in
  POST) echo "${GH_TOKEN:?}" >/dev/null; to=$comments/7 ;;
  PATCH) to=$comments/7.edited ;;
  body=@*) cp "${word#body=@}" "$to" ;;
  --jq) [ ! -e "$comments/7" ] || echo 7 ;;
  esac
done
`)
	if err := os.Chmod(home+"/shim/gh", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"path", "output", "summary.md"} {
		write(t, home+"/"+name, "")
	}
	r.variables(map[string]string{"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "GITHUB_REPOSITORY": "shop/shop",
		"GITHUB_PATH": home + "/path", "GITHUB_OUTPUT": home + "/output", "PATH": home + "/shim:" + home + "/zt/bin:/usr/bin:/bin"})
	base := strings.TrimSpace(r.passes(step{"base", []string{"sh", "-ec"}, "git rev-parse HEAD"}).stdout)
	p := &pullRequest{runner: r, values: map[string]string{
		"github.event.pull_request.base.sha": base, "github.event.pull_request.number": "3", "github.token": "secret",
		"github.server_url": "https://github.com", "github.repository": "shop/shop", "github.run_id": "1",
	}}
	for name, input := range action.Inputs {
		p.values["inputs."+name] = input.Default
	}
	p.values["inputs.releases"], p.values["inputs.program"], p.values["inputs.token"] = releases, "base", "secret"
	p.values["steps.check.outputs.code"] = "0"
	p.names, p.steps = action.Runs.Steps.steps(t, p.values)
	return p
}

// goes runs steps one by one, and returns what the last one said.
func (p *pullRequest) goes(names ...string) (last result) {
	p.t.Helper()
	for _, name := range names {
		s, ok := p.steps[name]
		if !ok {
			p.t.Fatalf("there is no step %s: %v", name, p.names)
		}
		last = p.passes(s)
	}
	return last
}

func (p *pullRequest) file(name string) string { return read(p.t, filepath.Dir(p.dir)+"/"+name) }

func TestAction(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	program := p.dir + "/base/shop.zt"
	write(t, program, strings.Replace(read(t, program), "cartservice           -> redis-cart\n", "cartservice           -> redis-cart\n  adservice             -> redis-cart\n", 1))
	if got := strings.Join(p.names, ", "); got != "Install, Check, Compare with the base, Comment, Result" {
		t.Fatal(got)
	}
	contains(t, p.goes("Install").stdout, "zt_linux_amd64.tar.gz: OK", "zt ")
	contains(t, p.file("path"), "/zt/bin")
	p.goes("Check", "Compare with the base", "Comment", "Result")
	contains(t, p.file("output"), "code=0\n", "changed=true\n", "/zt.sarif\n")
	contains(t, p.file("zt/zt.sarif"), `"version": "2.1.0"`)
	contains(t, p.file("summary.md"), "adservice", "redis-cart")
	contains(t, p.file("comments/7"), "<!-- zt -->\n", "adservice", "redis-cart")
	contains(t, p.file("comments/calls"), "repos/shop/shop/issues/3/comments", "-X POST")

	// The next push edits the comment.
	p.goes("Comment")
	contains(t, p.file("comments/calls"), "-X PATCH repos/shop/shop/issues/comments/7 ")
	contains(t, p.file("comments/7.edited"), "adservice")

	// A job can use the action again, for example for another program.
	p.goes("Install", "Compare with the base")

	// A comparison that no comment can hold is only in the summary.
	write(t, filepath.Dir(p.dir)+"/zt/diff.md", p.file("zt/diff.md")+strings.Repeat("long\n", 20_000))
	p.goes("Comment")
	contains(t, p.file("comments/7.edited"), "[the summary](https://github.com/shop/shop/actions/runs/1)")
}

// Wrong programs fail the job at its end, with annotations, and are compared as far as that goes.
func TestActionOfWrongPrograms(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	write(t, p.dir+"/base/wrong.zt", "shop/frontend -> shop/bakend\n")
	p.goes("Install")
	contains(t, p.goes("Check").stdout, "::error file=base/wrong.zt,line=1,")
	contains(t, p.file("output"), "code=1\n")
	contains(t, p.file("zt/zt.sarif"), "bakend")
	p.goes("Compare with the base", "Comment")
	contains(t, p.file("comments/7"), "has errors, so zt cannot compare them")
	contains(t, p.file("output"), "changed=\n")
	p.values["steps.check.outputs.code"] = "1"
	if out := p.run(step{"Result", p.steps["Result"].shell, "export CODE=1\nexit \"$CODE\""}); out.code != 1 {
		t.Error(out)
	}
	contains(t, p.steps["Result"].text, "exit \"$CODE\"")
}

// A new program has nothing to be compared with, and names are no parts of scripts.
func TestActionOfNewPrograms(t *testing.T) {
	p := newPullRequest(t, releases(t, rightSum))
	p.goes("Install")
	odd := "new; touch owned $(touch owned)"
	if err := os.Rename(p.dir+"/base", p.dir+"/"+odd); err != nil {
		t.Fatal(err)
	}
	for name, s := range p.steps {
		s.text = strings.Replace(s.text, "export PROGRAM='base'", "export PROGRAM='"+odd+"'", 1)
		p.steps[name] = s
	}
	p.goes("Check", "Compare with the base", "Comment", "Result")
	contains(t, p.file("comments/7"), "The base has no program to compare with.")
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
		if out := p.run(p.steps["Install"]); out.code == 0 {
			t.Errorf("%s: installed\n%s", name, out.stdout)
		}
		if _, err := os.Stat(filepath.Dir(p.dir) + "/zt/bin/zt"); err == nil {
			t.Errorf("%s: zt is there", name)
		}
	}
}

// The workflows are valid, and their scripts are commands of this repository that other tests run.
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
				scripts = append(scripts, strings.Fields(s.Run)...)
			}
		}
	}
	ran := 0
	for _, word := range scripts {
		if strings.HasPrefix(word, ".ci/") || strings.HasPrefix(word, "examples/") {
			ran++
			if info, err := os.Stat(filepath.Join(checkout, word)); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s cannot be run: %v", word, err)
			}
		}
	}
	if ran != 4 {
		t.Errorf("%d scripts: %q", ran, scripts)
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
