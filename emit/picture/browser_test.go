package picture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/grammar/source"
)

// browse opens a page in a browser without a window, and returns the document once its scripts have run.
func browse(t *testing.T, page []byte) string {
	t.Helper()
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium: apt-get install chromium")
		}
		t.Skip("this test needs Chromium: apt-get install chromium")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+path)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return string(out)
}

// pageOf returns the page of a model.
func pageOf(t *testing.T, v *query.Model) *Page {
	t.Helper()
	connections := v.Reach()
	p, err := Of(v, connections, tiers)
	if err != nil {
		t.Fatal(err)
	}
	return &Page{Model: v, Connections: connections, Picture: p}
}

func written(t *testing.T, p *Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var policy = regexp.MustCompile(`script-src 'sha256-[^']*'`)

// run opens a page with one more script, and returns what that reports.
func run(t *testing.T, page []byte, driver string, result any) {
	t.Helper()
	// The page permits only its own script; this one is the test's.
	page = policy.ReplaceAll(page, []byte("script-src 'unsafe-inline'"))
	first := "<script>window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.blockedURI + ' ' + e.violatedDirective)); addEventListener('error', e => refused.push(e.message));</script>"
	page = bytes.Replace(page, []byte("<style>"), []byte(first+"<style>"), 1)
	last := "<pre id=\"results\"></pre><script>{const by = id => document.getElementById(id); let result; try { result = (() => {" + driver + "})(); } catch (e) { result = {problem: String(e)}; }\n" +
		"by('results').textContent = JSON.stringify({result, refused, requests: performance.getEntriesByType('resource').map(e => e.name)});}</script>"
	page = bytes.Replace(page, []byte("</body>"), []byte(last+"</body>"), 1)
	dom := browse(t, page)
	_, rest, ok := strings.Cut(dom, `<pre id="results">`)
	text, _, _ := strings.Cut(rest, "</pre>")
	if !ok || text == "" {
		t.Fatalf("no results in\n%s", dom[max(0, len(dom)-2000):])
	}
	got := struct {
		Result            json.RawMessage
		Refused, Requests []string
	}{}
	if err := json.Unmarshal([]byte(html.UnescapeString(text)), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if len(got.Refused)+len(got.Requests) > 0 {
		t.Errorf("refused %q, requested %q", got.Refused, got.Requests)
	}
	if err := json.Unmarshal(got.Result, result); err != nil {
		t.Fatalf("%v: %s", err, got.Result)
	}
}

// manifests returns the model of files of manifests.
func manifests(t *testing.T, paths ...string) *query.Model {
	t.Helper()
	var files []*source.File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source.NewFile(path, string(text)))
	}
	inv, diags := inventory.Read(files, "")
	if diags.Errors() > 0 {
		t.Fatal(diags)
	}
	v, err := query.OfManifests(inv, query.LabelsOf(inv), nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// asked are ports that questions ask for.
var asked = []string{"80", "443/tcp", "8080", "9090", "5432", "53/udp", "8000-8999", "any"}

// Each answer of a page is that of zt why: for each pair of parties of examples and of random programs.
func TestPageAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	models := corpus(t)
	models["manifests"] = manifests(t, "../../examples/import/policies.yaml", "../../examples/import/cluster.yaml")
	verdicts := map[string]int{}
	for _, name := range []string{"manifests", "platform", "some-pods", "environments", "003.zt", "017.zt", "046.zt", "095.zt", "120.zt", "161.zt"} {
		v := models[name]
		page := pageOf(t, v)
		var questions []string
		for _, from := range v.Parties {
			for _, to := range v.Parties {
				for _, port := range asked {
					questions = append(questions, from.Name+" -> "+to.Name+" :"+port)
				}
			}
		}
		list, err := json.Marshal(questions)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		run(t, written(t, page), "return "+string(list)+`.map(q => { by('question').value = q; by('ask').requestSubmit(); return by('answer').firstChild.textContent; });`, &got)
		if len(got) != len(questions) {
			t.Fatalf("%d answers to %d questions", len(got), len(questions))
		}
		for i, q := range questions {
			question, err := v.Query(q)
			if err != nil { // of externals that share a name, and of all -> all
				continue
			}
			a := v.Why(question)
			want := "denied"
			switch {
			case a.Permitted:
				want = "permitted"
			case a.Some:
				want = "denied in part"
			}
			verdicts[want]++
			if !strings.HasSuffix(got[i], " is "+want) {
				t.Errorf("%s: %s: the page says %q, and zt why %s", name, q, got[i], want)
			}
		}
	}
	for _, v := range []string{"permitted", "denied", "denied in part"} {
		if verdicts[v] < 10 {
			t.Errorf("only %d are %s", verdicts[v], v)
		}
	}
}

// A party shows its contract, chains and lines; filters dim what does not match; a change can be shown.
func TestPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	const text = "namespace shop {\n  tier web { app=web }\n  tier api { app=api }\n  tier db { app=db } :sql=5432\n}\n" +
		"internet -> shop/web :443\nshop/web -> shop/api :8080\n"
	old, now := modelOf(t, text), modelOf(t, text+"shop/api -> shop/db :5432\ndeny internet -> shop/* :5432\nenvironment prod { namespace more { tier one { one } } }\n")
	c := query.Compare(old, now)
	change, err := OfChange(c, now.Reach(), tiers)
	if err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, now)
	page.Comparison, page.Change = &c, change
	// As it is written, with its own script only.
	if dom := browse(t, written(t, page)); !strings.Contains(dom, `class="party">shop/web</button>`) {
		t.Error("the script of the page did not run")
	}
	var got map[string]string
	run(t, written(t, page), `
const out = {};
const input = (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event('input')); };
const dim = () => [...document.querySelectorAll('#whole .node.dim title')].map(t => t.textContent.split(';')[0]).sort().join(' ');
const node = name => [...document.querySelectorAll('#whole .node')].find(g => g.querySelector('title').textContent.split(';')[0] === name);
node('shop/api').dispatchEvent(new MouseEvent('click', {bubbles: true}));
out.api = by('detail').textContent;
const db = node('shop/db');
db.focus();
out.focus = String(document.activeElement === db);
db.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
out.db = by('detail').textContent;
out.role = db.getAttribute('role') + ' ' + db.getAttribute('aria-label');
[...document.querySelectorAll('#parties button')].find(b => b.textContent === 'internet').click();
out.internet = by('detail').textContent;
out.heading = document.activeElement.textContent;
input('search', 'WEB');
out.search = by('parties').textContent + '|' + by('shown').textContent + '|' + dim();
input('search', '');
input('namespace', 'shop');
out.namespace = by('parties').textContent;
input('namespace', '');
input('environment', 'prod');
out.environment = by('parties').textContent + String(by('environments').hidden);
input('environment', '');
input('port', '5432');
out.port = by('parties').textContent;
input('port', '');
input('port', 'sql');
out.portName = '|' + by('parties').textContent + '|';
input('port', 'constructor');
out.noPort = by('shown').textContent;
input('port', 'x y');
out.badPort = by('shown').textContent;
input('port', '');
const ask = q => { by('question').value = q; by('ask').requestSubmit(); return by('answer').textContent; };
out.yes = ask('web -> api :8080');
out.no = ask('internet -> shop/db :5432');
out.unknown = ask('web -> nobody :1');
out.form = ask('web');
by('change').click();
out.change = by('detail').textContent + '|' + by('whole').hidden + by('difference').hidden + '|' + document.querySelectorAll('#difference .arrow.opens').length;
out.names = [...document.querySelectorAll('input,select')].filter(e => !e.labels.length).length + ' without a label';
return out;`, &got)
	for key, wants := range map[string][]string{
		"api":         {"shop/api", "Reached by (1)shop/web :8080/tcp", "shop.zt:7: shop/web -> shop/api :8080/tcp", "Reaches (2)", "Blast radius", "shop/api -> shop/db :5432/tcp"},
		"focus":       {"true"},
		"db":          {"shop/db", "Forbiddeninternet -> shop/*: deny 5432/tcp", "shop.zt:9: deny internet -> shop/*"},
		"role":        {"button shop/db"},
		"internet":    {"In 3 stepsinternet -> shop/web :443/tcp -> shop/api :8080/tcp -> shop/db :5432/tcp"},
		"heading":     {"internet"},
		"search":      {"shop/web|1 of 8 parties|internet more/one shop/* shop/api shop/db"},
		"namespace":   {"shop/apishop/dbshop/web"},
		"port":        {"shop/apishop/db"},
		"environment": {"more/oneprodfalse"},
		"portName":    {"|shop/apishop/db|"},
		"noPort":      {"no party of this page declares port constructor"},
		"badPort":     {"is not a port"},
		"yes":         {"shop/web -> shop/api :8080 is permitted", "shop.zt:7: shop/web -> shop/api :8080/tcp"},
		"no":          {"internet -> shop/db :5432 is denied", "A statement forbids internet -> shop/*:", "shop.zt:9: deny internet -> shop/*"},
		"unknown":     {"no party of this page is called nobody"},
		"form":        {"A -> B :PORT"},
		"change":      {"Opens (2)shop/api -> kube-system/kube-dns", "shop/api -> shop/db :5432/tcp", "such as", "|truefalse|1"},
		"names":       {"0 without a label"},
	} {
		for _, want := range wants {
			if !strings.Contains(got[key], want) {
				t.Errorf("%s: no %q in %q", key, want, got[key])
			}
		}
	}
}

// In a page that draws namespaces, choosing one lists its parties.
func TestCollapsedPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	v := modelOf(t, "namespace a { tier x, y by app; x -> y :80 }\nnamespace b { tier z by app }\na/x -> b/z :80\n")
	p := pageOf(t, v)
	var err error
	if p.Picture, err = Of(v, p.Connections, Options{Detail: ByNamespace}); err != nil {
		t.Fatal(err)
	}
	var got []string
	run(t, written(t, p), `
const node = [...document.querySelectorAll('#whole .node')].find(g => g.querySelector('title').textContent.startsWith('a;'));
node.dispatchEvent(new KeyboardEvent('keydown', {key: ' ', bubbles: true}));
const listed = by('parties').textContent, at = document.activeElement.textContent;
document.activeElement.click();
return [listed, at, by('detail').querySelector('h2').textContent, String(node.classList.contains('dim'))];`, &got)
	if want := []string{"a/xa/y", "a/x", "a/x", "false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The notes of a picture are not wider than the page, however narrow it is.
func TestNotesFitPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	v := modelOf(t, "namespace a isolates nothing { tier web by app }\ntier api by app\na/web -> api :80\n")
	var got []float64
	run(t, written(t, pageOf(t, v)), `
document.body.style.width = '400px';
const notes = [...document.querySelectorAll('.note')], frame = by('pictures').getBoundingClientRect().right;
return [notes.filter(n => n.textContent.startsWith('Pods that are not isolated')).length, notes.filter(n => n.getBoundingClientRect().right > frame).length];`, &got)
	if !slices.Equal(got, []float64{1, 0}) {
		t.Errorf("got %v, want one note of pods that are not isolated, and none that is cut", got)
	}
}

// In a browser, no text is wider than the place that the layout gives it.
func TestTextFits(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	for _, name := range []string{"platform", "online-boutique", "tenants"} {
		var got []string
		run(t, written(t, pageOf(t, corpus(t)[name])), `
const boxes = [...document.querySelectorAll('#whole .node>rect:first-of-type')].map(r => ({box: r.getBBox(), of: r.parentNode}));
const labels = [...document.querySelectorAll('#whole .arrow text')].map(t => ({box: t.getBBox(), text: t.textContent}));
const out = [];
const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
for (const t of document.querySelectorAll('#whole .node text')) {
  const b = t.getBBox(), r = t.parentNode.querySelector('rect').getBBox();
  if (b.x < r.x || b.x + b.width > r.x + r.width || b.y < r.y || b.y + b.height > r.y + r.height) out.push(t.textContent + ' leaves its node');
}
labels.forEach((l, i) => {
  for (const b of boxes) if (meet(l.box, b.box)) out.push(l.text + ' overlaps ' + b.of.textContent);
  for (const m of labels.slice(0, i)) if (m.text !== l.text && meet(l.box, m.box)) out.push(l.text + ' overlaps ' + m.text);
});
if (labels.length < 5) out.push('only ' + labels.length + ' labels');
return out;`, &got)
		if len(got) > 0 {
			t.Errorf("%s: %s", name, strings.Join(got, "\n"))
		}
	}
}

// Texts of others stay texts in a page.
func TestHostilePage(t *testing.T) {
	plain := written(t, pageOf(t, modelOf(t, "tier a, b by app\na -> b :80\n")))
	for _, text := range hostile {
		v := modelOf(t, "tier a, b by app\na -> b :80\n")
		p := pageOf(t, v)
		p.Picture.Title = text
		p.Undecided = []query.Undecided{{Message: text}}
		for _, q := range v.Parties {
			q.Name = text
		}
		page := written(t, p)
		for _, tag := range []string{"<script", "</script", "<style", "<title", "<svg", "<body", "<meta", "<h1"} {
			if got, want := bytes.Count(page, []byte(tag)), bytes.Count(plain, []byte(tag)); got != want {
				t.Errorf("%q: %d of %s, want %d", text, got, tag, want)
			}
		}
	}
	for _, outside := range []string{"http://", "https://", "src=", "href=", "url(h", "@import", "fetch(", "XMLHttpRequest", "innerHTML"} {
		if rest := strings.ReplaceAll(string(plain), `xmlns="http://www.w3.org/2000/svg"`, ""); strings.Contains(rest, outside) {
			t.Errorf("the page has %s", outside)
		}
	}
}

// What a page cannot know it does not answer.
func TestBoundedPage(t *testing.T) {
	p := pageOf(t, modelOf(t, "tier a, b by app\na -> b :80\n"))
	p.Bounded = true
	if d := p.data(); d.PartlyKnown || d.ChainsKnown || !d.Bounded {
		t.Errorf("%+v", d)
	}
	var b strings.Builder
	for i := range 330 {
		fmt.Fprintf(&b, "tier t%d { app=t%[1]d }\n", i)
	}
	p = pageOf(t, modelOf(t, b.String()+"t1 -> t2 :80\n"))
	if d := p.data(); d.PartlyKnown {
		t.Error("too many pairs are compared")
	}
	var policies strings.Builder
	for i := range 60 { // that overlap in all ways
		fmt.Fprintf(&policies, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%d, namespace: ns}\nspec:\n"+
			"  podSelector: {matchExpressions: [{key: k%[1]d, operator: NotIn, values: [a]}]}\n"+
			"  ingress: [{from: [{podSelector: {matchExpressions: [{key: z%[1]d, operator: NotIn, values: [a]}]}}], ports: [{port: %d}]}]\n", i, 1000+i)
	}
	path := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(path, []byte(policies.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if d := pageOf(t, manifests(t, path)).data(); d.PartlyKnown || len(d.Partly) > 0 {
		t.Errorf("the work has no bound: %d pairs", len(d.Partly))
	}
}
