package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A ResourceList is answered in bounded time and memory, whatever is in it: the command is run
// as kustomize runs it, and its largest resident set is read.
func TestKustomizeIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	command := filepath.Join(t.TempDir(), "zt")
	if out, err := exec.Command("go", "build", "-o", command, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	const config = "functionConfig: {apiVersion: zt-lang.github.io/v1alpha1, kind: Topology, spec: {source: namespace elsewhere}}\n"
	const head = "kind: ResourceList\n" + config + "items:\n"
	const pod = "- {apiVersion: v1, kind: Pod, metadata: {name: a"
	for _, test := range []struct {
		name string
		in   []string // a text, and what is repeated
		n    int
		tail string
		want string // on standard error; "" for an answer
	}{
		{name: "a million items", in: []string{head, "- {apiVersion: v1, kind: Pod}\n"}, n: 1_000_000, want: "too much to be read at once"},
		{name: "as many items as may be", in: []string{head, "- apiVersion: v1\n  kind: Service\n  metadata:\n    name: a\n"}, n: 45_000},
		{name: "a million names", in: []string{head + pod + ", labels: {", "a: b,"}, n: 1_000_000, tail: "}}}\n", want: "too much"},
		{name: "a long list", in: []string{head + pod + "}, x: [", "a,"}, n: 990_000, tail: "]}\n", want: "larger than any object"},
		{name: "a list as long as may be", in: []string{head + pod + "}, x: [", "a,"}, n: 190_000, tail: "]}\n"},
		{name: "a long text", in: []string{head + pod + "}, x: '", "a "}, n: 5_000_000, tail: "'}\n"},
		{name: "no end", in: []string{head, "# nothing\n"}, n: 10_000_000, want: "too much"},
		{name: "nested", in: []string{head + pod + "}, x: ", "["}, n: 900_000, want: "depth"},
		{name: "nested and closed", in: []string{head + pod + "}, x: " + strings.Repeat("[", 5000), "]"}, n: 5000, tail: "}\n", want: "[ZT601]"},
		{name: "nested by indentation", in: []string{head + "- apiVersion: v1\n  kind: Pod\n  x:\n" + blocks(5000)}, want: "[ZT601]"},
		{name: "aliases that expand", in: []string{head + "- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n" + bomb()}, want: "[ZT601]"},
		{name: "aliases in the configuration", in: []string{"kind: ResourceList\nfunctionConfig:\n  apiVersion: zt-lang.github.io/v1alpha1\n  kind: Topology\n  spec:\n    source: tier web by app\n" + bomb()}, want: "there is no field a0"},
		{name: "an alias of itself", in: []string{head + "- &a {apiVersion: v1, kind: Pod, metadata: {name: a}, x: *a}\n"}, want: "[ZT601]"},
		{name: "no UTF-8", in: []string{head + pod + "}, x: \"\xff\xfe\"}\n"}, want: "UTF-8"},
		{name: "a NUL", in: []string{head + pod + "}, x: \"\x00\"}\n"}, want: "control characters"},
		{name: "zeros", in: []string{"", "\x00"}, n: 1 << 20, want: "cannot be read"},
		{name: "truncated", in: []string{head + pod}, want: "cannot be read"},
		{name: "problems without number", in: []string{head, "- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: 1}\n"}, n: 20_000, want: "[ZT601]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			c := exec.CommandContext(ctx, command, "kustomize")
			readers := []io.Reader{strings.NewReader(test.in[0])}
			if len(test.in) > 1 {
				readers = append(readers, &repeated{text: test.in[1], left: test.n})
			}
			c.Stdin = io.MultiReader(append(readers, strings.NewReader(test.tail))...)
			var stderr bytes.Buffer
			c.Stdout, c.Stderr = io.Discard, &stderr
			err := c.Run()
			if ctx.Err() != nil {
				t.Fatal("no end")
			}
			var exit *exec.ExitError
			switch {
			case test.want == "":
				if err != nil {
					t.Errorf("%v: %.300s", err, stderr.String())
				}
			case !errors.As(err, &exit) || exit.ExitCode() < 1 || exit.ExitCode() > 2 || strings.Contains(stderr.String(), "bug of zt"):
				t.Errorf("%v: %.300s", err, stderr.String())
			case !strings.Contains(stderr.String(), test.want):
				t.Errorf("standard error is %.300q, without %q", stderr.String(), test.want)
			}
			const most = 1 << 20 // KiB
			used := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			if used > most {
				t.Errorf("used %d MiB", used>>10)
			}
			t.Logf("used %d MiB; %.200s", used>>10, stderr.String())
		})
	}
}

// bomb is fields whose aliases stand for 9^12 values.
func bomb() string {
	var b strings.Builder
	b.WriteString("  a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for last, name := range []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b0", "b1"} {
		of := "a" + string(rune('0'+last))
		if last == 10 {
			of = "b0"
		}
		b.WriteString("  " + name + ": &" + name + " [" + strings.TrimSuffix(strings.Repeat("*"+of+", ", 9), ", ") + "]\n")
	}
	return b.String()
}

// blocks is mappings in mappings.
func blocks(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i+4) + "a:\n")
	}
	return b.String()
}

// repeated reads a text so many times.
type repeated struct {
	text string
	left int
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if r.rest == "" {
			if r.left == 0 {
				break
			}
			r.left--
			r.rest = r.text
		}
		k := copy(p[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
