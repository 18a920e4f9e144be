package playground

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// mostCompressed is how large the compiler may be, as it is sent.
const mostCompressed = 8 << 20

const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: database, namespace: shop}
spec:
  podSelector: {matchLabels: {app: database}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
  policyTypes: [Ingress]
`

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
`

type problem struct {
	Code  string
	Range struct{ Start, End struct{ Line, Column int } }
}

// problemsOf returns the diagnostics of an answer.
func problemsOf(t *testing.T, a Answer) []problem {
	t.Helper()
	var r struct{ Diagnostics []problem }
	if err := json.Unmarshal(a.Report, &r); err != nil {
		t.Fatal(err)
	}
	return r.Diagnostics
}

func TestAnswers(t *testing.T) {
	text, err := os.ReadFile("../three-tier/three-tier.zt")
	if err != nil {
		t.Fatal(err)
	}
	policies, err := os.ReadFile("../three-tier/manifests/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a := Compile(string(text))
	_, want, _ := strings.Cut(string(policies), "\n") // the line says that the file is generated
	if a.Policies != want || !strings.Contains(a.Connections, "default/backend -> default/database :5432/tcp ") || len(problemsOf(t, a)) > 0 {
		t.Errorf("%s\n%s\n%s", a.Policies, a.Connections, a.Report)
	}
	if !strings.HasPrefix(a.Picture, "<svg") || !strings.Contains(a.Picture, "database") {
		t.Errorf("the picture is %.300s", a.Picture)
	}
	if a := Compile("import \"other.zt\"\ntier web { app=web }\n"); a.Policies != "" || problemsOf(t, a)[0].Code != "ZT206" {
		t.Errorf("%s\n%s", a.Report, a.Policies)
	}
	if a := Format("tier   web{app=web}"); a.Program != "tier web { app=web }\n" {
		t.Errorf("%q, %s", a.Program, a.Report)
	}
	if a := Import([]File{{"a.yaml", policy}}); !strings.Contains(a.Program, "web -> database  # NetworkPolicy database") || Compile(a.Program).Policies == "" {
		t.Errorf("%s\n%s", a.Program, a.Report)
	}
	if a := Import([]File{{"a.yaml", deployment}}); !strings.Contains(a.Program, "tier web { app=web } :8080/tcp") {
		t.Errorf("%s\n%s %s", a.Program, a.Report, a.Error)
	}
	if a := Import([]File{{"a.yaml", "kind: {"}}); a.Program != "" || len(problemsOf(t, a)) != 1 {
		t.Errorf("%s\n%s", a.Program, a.Report)
	}
	if a := Import([]File{{"a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"}}); a.Program != "" || a.Error == "" {
		t.Errorf("%+v", a)
	}
}

// The page in a browser shows what the compiler says here, and asks the server for nothing more.
func TestBrowser(t *testing.T) {
	if os.Getenv("ZT_BROWSER") == "" {
		t.Skip("needs chromium and chromedriver; make playground runs it")
	}
	site := t.TempDir()
	if out, err := exec.Command("./build", site).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if size := compressed(t, site+"/zt.wasm"); size > mostCompressed {
		t.Errorf("zt.wasm is %d bytes compressed, more than %d", size, mostCompressed)
	}
	var mu sync.Mutex
	var asked []string
	var broken bool             // whether there is no worker
	slow := make(chan struct{}) // closed when the compiler is to arrive
	files := http.FileServer(http.Dir(site))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.URL.Path)
		missing := broken && r.URL.Path == "/worker.js"
		mu.Unlock()
		if missing {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path == "/zt.wasm" {
			<-slow
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	b := newBrowser(t)

	// The page waits for the compiler, as long as the network takes. Only for its answers is there a limit.
	b.devtools("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": `
		const set = setTimeout;
		window.limits = 0;
		window.setTimeout = (f, ms) => { if (ms > 10_000) limits++; return set(f, ms); };`})
	b.call("POST", "/url", map[string]string{"url": server.URL}, nil)
	b.waits(`program.value && asked > 0`)
	if b.run(`return limits + " " + byID("status").textContent`) != "0 Loading zt…" {
		t.Errorf("while it loads: %s", b.run(`return limits + " " + byID("status").textContent`))
	}
	close(slow)
	b.waits(`limits > 0`)
	const compiled = `document.getElementById("status").textContent.startsWith("Compiled and proven")`
	b.waits(compiled)
	loaded := slices.Clone(asked)

	program := func() string { return b.run(`return document.getElementById("program").value`) }
	shows := func(id, want string) {
		t.Helper()
		if got := b.run(`return document.getElementById(arguments[0]).textContent`, id); got != want {
			t.Errorf("%s shows\n%s\nand zt says\n%s", id, got, want)
		}
	}
	answer := Compile(program())
	shows("policies", answer.Policies)
	shows("connections", answer.Connections)
	b.run(`document.getElementById("tab-connections").click()`)
	if b.run(`return String(document.getElementById("policies").hidden)`) != "true" {
		t.Error("both results are shown")
	}

	// Keys go from tab to tab, round at the ends.
	const right, left, home, end = "\uE014", "\uE012", "\uE011", "\uE010"
	for _, step := range []struct{ from, key, to string }{
		{"connections", right, "picture"}, {"picture", right, "policies"}, {"policies", left, "picture"}, {"picture", home, "policies"}, {"policies", end, "picture"},
	} {
		b.types("#tab-"+step.from, step.key)
		shown := b.run(`return [document.activeElement.id.slice(4), ...[...panels].filter(p => !p.hidden).map(p => p.id), ...tabs.filter(t => t.tabIndex === 0).map(t => t.id.slice(4))].join(" ")`)
		if want := strings.Join([]string{step.to, step.to, step.to}, " "); shown != want {
			t.Errorf("%+q on %s: the focus, the panels and the tabs are %q", step.key, step.from, shown)
		}
	}
	b.waits(`document.querySelector("#picture img").naturalWidth > 100`)

	// On the screen of a telephone, the picture is still to be read, and only its panel scrolls sideways.
	b.devtools("Emulation.setDeviceMetricsOverride", map[string]any{"width": 400, "height": 850, "deviceScaleFactor": 1, "mobile": true})
	b.waits(`innerWidth === 400`)
	image := `const i = document.querySelector("#picture img"); `
	if got := b.run(image + `return String(i.clientWidth >= .79 * i.naturalWidth && i.naturalWidth > 500 && document.documentElement.scrollWidth <= 400)`); got != "true" {
		t.Errorf("the picture is %s", b.run(image+`return [i.clientWidth, i.naturalWidth, document.documentElement.scrollWidth].join(" ")`))
	}
	b.devtools("Emulation.clearDeviceMetricsOverride", map[string]any{})

	// What is typed is compiled. Mistakes are listed and marked, also after characters of two units.
	types := func(text string) {
		b.run(`document.getElementById("program").select()`)
		b.run(`document.execCommand("insertText", false, arguments[0])`, text)
	}
	for _, wrong := range []struct{ text, marked string }{
		{"# 😀\nimport \"😀.zt\"\n", `"😀.zt"`},
		{"tier frontend, backend by app\nfrontend -> bakend :80\nfrontnd -> backend :80\n", "bakend frontnd"},
	} {
		types(wrong.text)
		b.waits(`document.querySelectorAll("mark").length > 0`)
		var want []string
		for _, p := range problemsOf(t, Compile(wrong.text)) {
			want = append(want, fmt.Sprintf("%d:%d error %s", p.Range.Start.Line, p.Range.Start.Column, p.Code))
		}
		shown := b.run(`return [...document.querySelectorAll("#problems .code")].map(e => e.textContent.trim()).join("\n")`)
		if shown != strings.Join(want, "\n") {
			t.Errorf("the page lists\n%s\nand zt reports\n%s", shown, want)
		}
		if marked := b.run(`return [...document.querySelectorAll("mark")].map(e => e.textContent).join(" ")`); marked != wrong.marked {
			t.Errorf("marked is %s", marked)
		}
	}
	shows("policies", answer.Policies) // of the last program without errors
	b.run(`document.querySelectorAll("#problems li > button:not(.fix)")[1].click()`)
	if got := b.run(`const e = document.getElementById("program"); return e.value.slice(e.selectionStart, e.selectionEnd)`); got != "frontnd" {
		t.Errorf("%q is selected", got)
	}
	b.run(`document.querySelector("#problems button.fix").click()`)
	b.waits(`document.getElementById("program").value.includes("frontend -> backend :80")`)

	// Manifests of the user become a program, and stay here.
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	for path, text := range map[string]string{good: policy, bad: "kind: {"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.types("#files", good)
	b.waits(compiled)
	imported := Import([]File{{"good.yaml", policy}}).Program
	if program() != imported {
		t.Errorf("imported is\n%s\nand not\n%s", program(), imported)
	}
	shows("policies", Compile(imported).Policies)
	b.types("#files", bad)
	b.waits(`document.querySelectorAll("#problems > li").length > 0`)
	if !strings.Contains(b.run(`return document.getElementById("problems").textContent`), "bad.yaml:1: ") || program() != imported {
		t.Errorf("%s\n%s", b.run(`return document.getElementById("problems").textContent`), program())
	}
	b.run(`openFiles([{ name: "folder", text: () => Promise.reject() }])`)
	b.waits(`document.getElementById("status").textContent.startsWith("One of them cannot be read")`)

	// A link holds the program.
	b.run(`document.getElementById("link").click()`)
	b.waits(`location.hash.length > 1`)
	mu.Lock()
	if !slices.Equal(asked, loaded) {
		t.Errorf("the page asked for more: %v, after %v", asked[len(loaded):], loaded)
	}
	mu.Unlock()
	b.call("POST", "/refresh", map[string]any{}, nil)
	b.waits(compiled)
	if program() != imported {
		t.Errorf("the link gives\n%s", program())
	}
	long := strings.Repeat("# a & b < c\n", 20_000) + imported
	b.run(`document.getElementById("program").value = arguments[0]; document.getElementById("link").click()`, long)
	b.waits(`fromHash() === program.value`)
	b.run(`program.value = ""; replace("short")`)
	b.run(`replace(fromHash())`) // which a quadratic way does not do in the time that WebDriver grants
	if program() != long {
		t.Errorf("the editor holds %d bytes of %d", len(program()), len(long))
	}
	if b.run(`document.execCommand("undo"); return program.value`) != "short" {
		t.Errorf("undo gives %.100q", program())
	}
	b.run(`location.hash = ""`)

	// The page cannot send anything elsewhere.
	b.run(`window.sent = ""; fetch("https://example.com").then(() => sent = "sent", () => sent = "refused"); addEventListener("securitypolicyviolation", e => window.violated = e.effectiveDirective)`)
	b.waits(`sent === "refused" && window.violated === "connect-src"`)

	// A compiler that cannot be loaded is asked for at each request, and not again and again.
	mu.Lock()
	asked, broken = nil, true
	mu.Unlock()
	b.call("POST", "/refresh", map[string]any{}, nil)
	b.waits(`document.getElementById("status").textContent === "zt cannot run here"`)
	time.Sleep(time.Second / 4)
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(strings.Join(asked, "\n")+"\n", "/worker.js\n"); n != 1 {
		t.Errorf("the page asked for its worker %d times", n)
	}
}

func compressed(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var n counter
	w, _ := gzip.NewWriterLevel(&n, gzip.BestCompression)
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return int(n)
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
