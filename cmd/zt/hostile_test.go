package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// hostile are texts that command a terminal, leave a code block, or change the order of what is read.
var hostile = []string{
	"x\n```\n## Approved\n", "\x1b[31mred\x1b]0;title\a", "c1\u009b31m\u0085", "bidi\u202e\u2066txt", "``` ```` `", "<!-- --> | a | b |", "\r\x7f\u200b\U000e0041",
}

// What others write is shown without control characters in every answer and format, JSON stays JSON,
// and nothing leaves a code block of markdown.
func TestHostileText(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file can have such a name")
	}
	for i, text := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Chdir(t.TempDir())
			name := strings.ReplaceAll(text, "/", "_")
			manifests, other, program, wrong := name+".yaml", "other.yaml", name+".zt", name+"wrong.zt"
			quoted, _ := json.Marshal(text)
			const policy = `---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: %s, namespace: ns}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: %d}], from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}]}]}}
`
			workloads := fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: ns}, spec: {template: {metadata: {labels: {app: web, %[1]s: v, extra: %[1]s}}}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {l: %[1]s}}}
---
{apiVersion: crd.antrea.io/v1beta1, kind: NetworkPolicy, metadata: {name: c, namespace: other, annotations: {a: %[1]s}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: ns}, spec: {selector: {app: web, %[1]s: x}, ports: [{port: 80, name: %[1]s}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: ns, labels: {app: web}, annotations: {a: %[1]s}}}
`, strconv.QuoteToASCII(text))
			write := func(path, text string) {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(manifests, workloads+fmt.Sprintf(policy, "a", 80))
			write(other, fmt.Sprintf(policy, "a", 81)+fmt.Sprintf(policy, "b", 82))
			write(program, "tier   web by app\nweb -> 10.0.0.0/8 :80\n")
			write(wrong, "import "+string(quoted)+"\ntier web by app\nwebb -> web :80 # "+strings.ReplaceAll(text, "\n", " ")+"\n\x1b\n")
			write("flows", fmt.Sprintf(`{"flow":{"verdict":"FORWARDED","source":{"namespace":"default","labels":["k8s:app=web"],"pod_name":%[1]s},"destination":{"namespace":%[1]s,"labels":["k8s:app=%[2]s"],"pod_name":%[1]s},"destination_names":[%[1]s],"l4":{"TCP":{"destination_port":5432}},"is_reply":false,"traffic_direction":"EGRESS"}}`+"\n", quoted, strings.Trim(string(quoted), `"`)))
			for _, command := range [][]string{
				{"reach", manifests}, {"reach", "--path", manifests}, {"reach", "--format", "json", manifests}, {"reach", "--format", "json", "--path", manifests},
				{"graph", manifests}, {"graph", "--format", "mermaid", manifests}, {"graph", "--format", "dot", manifests}, {"graph", "--format", "html", manifests}, {"graph", "--format", "html", "--diff", manifests, other}, {"graph", "--detail", "namespaces", program, other},
				{"diff", manifests, other}, {"diff", "--format", "json", manifests, other}, {"diff", "--format", "markdown", manifests, other}, {"diff", "--format", "markdown", program, other},
				{"verify", program, "--manifests", manifests}, {"verify", "--format", "json", program, "--manifests", manifests},
				{"why", manifests, "ns/Pod/db -> ns/* :80"}, {"why", "--format", "json", manifests, "10.0.0.1 -> ns/Pod/db :80"},
				{"why", program, text + " -> web"}, {"why", program, "web -> 8.8.8.8"}, {"why", "--format", "json", program, "web -> 8.8.8.8"}, {"reach", "--from", text, program},
				{"check", program, "--manifests", manifests, "--flows", "flows"}, {"check", wrong}, {"check", "--color", "always", wrong}, {"fmt", "--check", program}, {"fmt", "--check", "--diff", program},
				{"check", "--format", "json", wrong, program}, {"check", "--format", "sarif", wrong}, {"check", "--format", "github", wrong},
				{"check", "--format", "github", program, "--manifests", manifests, "--flows", "flows"}, {"build", program}, {"build", wrong}, {"build", text}, {text}, {"explain", text},
			} {
				var stdout, stderr bytes.Buffer
				run(command, strings.NewReader(""), &stdout, &stderr)
				shown := stdout.String() + strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "", "\x1b[1;31m", "", "\x1b[1;33m", "", "\x1b[1;34m", "").Replace(stderr.String())
				if shown == "" {
					t.Errorf("%q says nothing", command)
				}
				if i := strings.IndexFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); i >= 0 {
					t.Errorf("%q writes %q", command, shown[max(0, i-40):min(len(shown), i+40)])
				}
				if strings.Contains(shown, "\n## Approved") {
					t.Errorf("%q: a name ends a line:\n%s", command, shown)
				}
				for i, word := range command {
					switch {
					case word == "json" || word == "sarif":
						if !json.Valid(stdout.Bytes()) {
							t.Errorf("%q: no JSON: %s", command, shown)
						}
					case word == "markdown" && i > 0:
						checkFences(t, stdout.String())
					}
				}
			}
			if matches, _ := filepath.Glob("*.zt"); len(matches) != 2 {
				t.Error(matches)
			}
		})
	}
}

// checkFences fails where a line of a code block could end it, or a block is not ended.
func checkFences(t *testing.T, text string) {
	t.Helper()
	fence := ""
	for _, line := range strings.Split(text, "\n") {
		marks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(marks) >= 3:
			fence = marks
		case fence != "" && line == fence:
			fence = ""
		case fence != "" && strings.Contains(line, fence):
			t.Errorf("%q could end its block", line)
		}
	}
	if fence != "" {
		t.Errorf("a block is not ended:\n%s", text)
	}
}
