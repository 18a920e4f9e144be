package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/diag"
)

const shop = `# The shop.
namespace shop {
  # Serves pages.
  tier web { app=web } :http=80
  tier api { app=api } :8080, metrics=9090
  tier db by app :5432
  web -> api
  api -> db
  deny web -> db
}
external bank { 203.0.113.0/24 } :443
shop/api -> bank
`

func codes(list []protocol.Diagnostic) string {
	var out []string
	for _, d := range list {
		out = append(out, d.Code)
	}
	return strings.Join(out, " ")
}

// Diagnostics follow each change, with the page of the code, related places and help. A file with
// errors does not lose the server.
func TestDiagnostics(t *testing.T) {
	c := start(t, map[string]string{"shop.zt": shop}, Options{})
	c.open("shop.zt")
	if got := codes(c.diagnostics("shop.zt")); got != "" {
		t.Fatalf("diagnostics %q", got)
	}
	c.set("shop.zt", strings.Replace(shop, "  api -> db\n", "  api -> db\n  web -> db\n", 1))
	list := c.diagnostics("shop.zt")
	i := slices.IndexFunc(list, func(d protocol.Diagnostic) bool { return d.Severity == protocol.SeverityError })
	if i < 0 {
		t.Fatalf("diagnostics %v", list)
	}
	d := list[i]
	if d.Range.Start.Line != 8 || d.Source != "zt" || !strings.Contains(d.Message, "\nhelp: ") ||
		d.CodeDescription == nil || !strings.HasSuffix(d.CodeDescription.Href, "/grammar/diag/pages/"+d.Code+".md") ||
		len(d.RelatedInformation) == 0 || d.RelatedInformation[0].Location.URI != c.uri("shop.zt") {
		t.Errorf("diagnostic %+v", d)
	}
	for _, text := range []string{"namespace shop {", "\xff\x00 }}}} \"", "", strings.Repeat("{", 10000), "tier a by b\n" + cursor} {
		c.set("shop.zt", text)
		if got := c.diagnostics("shop.zt"); len(got) == 0 {
			t.Errorf("%.20q has no diagnostics", text)
		}
	}
	c.set("shop.zt", shop)
	if got := codes(c.diagnostics("shop.zt")); got != "" {
		t.Errorf("diagnostics %q", got)
	}
}

// The program of a file is its folder, with open buffers instead of files, and with imports.
func TestProgram(t *testing.T) {
	c := start(t, map[string]string{
		"a/web.zt":       "import \"../lib/db.zt\"\ntier web by app\nweb -> db :5432\nweb -> cache :1\n",
		"a/cache.zt":     "tier cache by app\ntier extra by app\nweb -> extra :1\n",
		"lib/db.zt":      "tier db by app :5432\n",
		"alone/alone.zt": "tier x by app\nnothing -> x :1\n",
	}, Options{})
	c.open("a/web.zt")
	if got := c.diagnostics("a/web.zt"); len(got) != 0 {
		t.Fatalf("diagnostics %v", got)
	}
	c.open("a/cache.zt", "tier cash by app\n")
	c.eventually("a/web.zt", func(l []protocol.Diagnostic) bool { return codes(l) == "ZT201" })
	c.set("a/cache.zt", "tier cache by app\ncache -> web :1\n")
	c.eventually("a/web.zt", func(l []protocol.Diagnostic) bool { return len(l) == 0 })

	// db.zt alone would lack nothing, but who imports it knows more: `web` is not defined there.
	c.open("lib/db.zt", "tier db by app :5432\ndb -> web :2\n")
	if got := c.diagnostics("lib/db.zt"); len(got) != 0 {
		t.Errorf("an imported file has diagnostics %v", got)
	}
	c.open("lib/new.zt", "tier new by app\ndb -> nothing :2\n")
	if got := codes(c.diagnostics("lib/new.zt")); got != "ZT201" {
		t.Errorf("a file that is not saved has diagnostics %q", got)
	}

	// Whoever changes a file outside of the editor is seen.
	c.open("alone/alone.zt")
	if got := codes(c.diagnostics("alone/alone.zt")); got != "ZT201" {
		t.Errorf("diagnostics %q", got)
	}
	c.write("alone/more.zt", "tier nothing by app\n")
	c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{}})
	c.eventually("alone/alone.zt", func(l []protocol.Diagnostic) bool { return len(l) == 0 })
	c.write("alone/more.zt", "tier nothing by\n")
	c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{}})
	c.eventually("alone/more.zt", func(l []protocol.Diagnostic) bool { return len(l) > 0 })
	c.notify("textDocument/didClose", map[string]any{"textDocument": c.document("alone/alone.zt")})
	c.eventually("alone/more.zt", func(l []protocol.Diagnostic) bool { return len(l) == 0 })
}

// A buffer without a file is a program of its own.
func TestUntitled(t *testing.T) {
	c := start(t, nil, Options{})
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": "untitled:Untitled-1", "version": 7, "text": "tier web by app\nweb -> web2 :1\n"}})
	deadline := time.Now().Add(10 * time.Second)
	for {
		c.mu.Lock()
		got := c.published["untitled:Untitled-1"]
		c.mu.Unlock()
		if codes(got.Diagnostics) == "ZT201" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("diagnostics %v", got)
		}
		time.Sleep(time.Millisecond)
	}
	var hover protocol.Hover
	c.call("textDocument/hover", map[string]any{"textDocument": map[string]any{"uri": "untitled:Untitled-1"}, "position": map[string]any{"line": 0, "character": 6}}, &hover)
	if !strings.Contains(hover.Contents.Value, "tier default/web") {
		t.Errorf("hover %q", hover.Contents.Value)
	}
	var edit protocol.WorkspaceEdit
	c.call("textDocument/rename", map[string]any{"textDocument": map[string]any{"uri": "untitled:Untitled-1"}, "position": map[string]any{"line": 0, "character": 6}, "newName": "site"}, &edit)
	if len(edit.Changes["untitled:Untitled-1"]) != 2 {
		t.Errorf("edit %v", edit)
	}
}

const deployed = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart, team: blue}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 7070}]}]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: payments, labels: {env: prod}}
`

// withManifests reads a file as --manifests does.
func withManifests(path string) Options {
	return Options{Manifests: func() (*inventory.Inventory, diag.List, error) {
		files, err := load.ManifestFiles([]string{path}, nil)
		if err != nil {
			return nil, nil, err
		}
		inv, diags := inventory.ReadGroupsEvidence([]inventory.Group{{Files: files, Namespace: "default"}})
		return inv, diags, nil
	}}
}

// The evidence of manifests is among the diagnostics, follows the files, and completes.
func TestManifests(t *testing.T) {
	manifests := filepath.Join(t.TempDir(), "m.yaml") // the server may read it as soon as it starts
	c := start(t, map[string]string{manifests: deployed, "z/shop.zt": "namespace shop {\n  tier cart { app=basket } :7070\n  tier web { app=web }\n  web -> cart\n}\n"}, withManifests(manifests))
	c.open("z/shop.zt")
	c.eventually("z/shop.zt", func(l []protocol.Diagnostic) bool { return strings.Contains(codes(l), "ZT6") })
	c.write(manifests, "kind: [")
	c.notify("textDocument/didSave", map[string]any{"textDocument": c.document("z/shop.zt")})
	c.eventually(manifests, func(l []protocol.Diagnostic) bool { return len(l) > 0 })
	c.write(manifests, deployed)
	c.notify("textDocument/didSave", map[string]any{"textDocument": c.document("z/shop.zt")})
	c.eventually(manifests, func(l []protocol.Diagnostic) bool { return len(l) == 0 })

	for _, test := range []struct{ text, want, never string }{
		{"namespace shop {\n  tier cart { ‸ }\n}", "app team", "shop"},
		{"namespace shop {\n  tier cart { app=‸ }\n}", "cart", "blue"},
		{"namespace shop {\n  tier cart { app in (x, ‸) }\n}", "cart", "blue"},
		{"namespace shop {\n  tier cart by ‸\n}", "app team", "by"},
		{"namespace shop {\n  tier ‸\n}", "cart", "app"},
		{"namespace shop {\n  tier cart { app=cart } :‸\n}", "http=7070/tcp any", ""},
		{"namespace ‸", "payments shop", "cart"},
		{"environment prod by ‸", "env", "app"},
		{"environment prod by env=‸", "prod", "env"},
	} {
		c.completes("z/shop.zt", test.text, test.want, test.never)
	}
}

// completes checks what a text is completed with at the cursor: these words, and not that one.
func (c *client) completes(name, text, want, never string) {
	c.t.Helper()
	c.set(name, strings.Replace(text, cursor, "", 1))
	offset := strings.Index(text, cursor)
	var list protocol.CompletionList
	c.call("textDocument/completion", map[string]any{"textDocument": c.document(name), "position": newMapper(c.text[name], c.utf8).position(offset)}, &list)
	labels := map[string]bool{}
	for _, item := range list.Items {
		labels[item.Label] = true
		if got := c.applyEdits(c.text[name], []protocol.TextEdit{item.TextEdit}); !strings.Contains(got, item.Label) {
			c.t.Errorf("%q becomes %q", item.Label, got)
		}
	}
	for _, w := range strings.Fields(want) {
		if !labels[w] {
			c.t.Errorf("%q: %q is not offered; only %v", text, w, labels)
		}
	}
	for _, w := range strings.Fields(never) {
		if labels[w] {
			c.t.Errorf("%q: %q is offered", text, w)
		}
	}
	if want == "" && len(labels) > 0 {
		c.t.Errorf("%q: %v are offered", text, labels)
	}
}

func TestCompletion(t *testing.T) {
	c := start(t, map[string]string{"lib/base.zt": "tier base by app\n", "other.zt": "namespace other {\n  tier web { app=web } :http=80\n  tier cron { app=cron } :9\n}\n"}, Options{})
	c.open("shop.zt", "")
	const before = "namespace shop {\n  tier web { app=web } :http=8080, 9090/udp\n  tier api { app=api } :80\n  external bank { 203.0.113.0/24 } :443\n}\nenvironment prod by env\n"
	for _, test := range []struct{ text, want, never string }{
		{"‸", "import namespace tier environment network dns internet", "labels isolates"},
		{"namespace shop {\n  ‸\n}", "tier labels deny external", "import namespace dns"},
		{"environment dev by env {\n  ‸\n}", "namespace tier $environment", "import labels"},
		{"namespace a is‸", "isolates", "tier"},
		{"namespace a isolates ‸", "ingress egress nothing tiers", "tier"},
		{before + "‸", "api cron shop/web other/web prod shop/* internet", "web"},
		{before + "api -> ‸", "cron shop/web other/web", "web tier path"},
		{before + "api -> other/‸", "other/web other/cron other/*", "shop/web"},
		{before + "api -> shop/b‸", "shop/bank", "other/web"},
		{before + "namespace shop { api -> ‸ }", "web bank other/cron", "cron tier"},
		{before + "api -> shop/web :‸", "http 9090/udp any", "80/tcp 9/tcp"},
		{before + "api -> shop/web, cron :http, ‸", "9090/udp 9/tcp any", "443/tcp"},
		{before + "namespace shop { api -> web :‸ }", "http 9090/udp", "80/tcp"},
		{before + "namespace shop { api <-> bank :‸ }", "443/tcp 80/tcp", "http"},
		{before + "prod -> shop/* :‸", "http any", "80/tcp"},
		{before + "deny ‸", "path api cron", "tier"},
		{before + "deny path ‸", "api cron", "path tier"},
		{before + "isolate ‸", "prod shop/*", "tier"},
		{before + "dns ‸", "off api", "tier"},
		{before + "tier x ‸", "by in isolates", "app"},
		{before + "tier x in ‸", "cluster prod", "api"},
		{before + "tier x { ‸ }", "app", "tier"},
		{before + "tier x {\n  app=x\n  ‸ }", "app", "tier"},
		{before + "tier x { app=‸ }", "web api cron", "app"},
		{before + "tier x { app ‸ }", "in notin", "app"},
		{before + "external y { ‸ }", "host", "tier"},
		{before + "network { ‸ }", "pods services nodes apiserver plugin", "tier"},
		{before + "network { pods 10.0.0.0/8 ‸ }", "except", "tier"},
		{before + "network { plugin ‸ }", "cilium", "with pods"},
		{before + "network { pods ::/0\n plugin cilium ‸ }", "with", "cilium enable-sctp"},
		{before + "network { plugin cilium with ‸ }", "policy-cidr-match-mode enable-sctp", "with nodes"},
		{before + "network { plugin cilium with policy-cidr-match-mode=‸ }", "nodes pods", "true enable-sctp"},
		{before + "network { plugin cilium with enable-sctp=true,\n ‸ }", "policy-cidr-match-mode", "true"},
		{before + "network { plugin cilium with enable-sctp=true\n ‸ }", "pods plugin", "policy-cidr-match-mode"},
		{"import \"‸\"", "lib/ other.zt", "shop.zt"},
		{"import \"lib/‸\"", "lib/base.zt", "other.zt"},
		{"# ‸", "", ""},
		{before + "api ‸", "", ""},
	} {
		c.completes("shop.zt", test.text, test.want, test.never)
	}
	// The word that is being written is replaced.
	c.set("shop.zt", before+"api -> other/cr")
	var list protocol.CompletionList
	c.call("textDocument/completion", c.at("shop.zt", "api -> other/cr"+cursor), &list)
	if len(list.Items) != 1 || c.applyEdits(c.text["shop.zt"], []protocol.TextEdit{list.Items[0].TextEdit}) != before+"api -> other/cron" {
		t.Errorf("items %v", list.Items)
	}
}

func TestHover(t *testing.T) {
	c := start(t, map[string]string{"shop.zt": shop}, Options{})
	c.open("shop.zt")
	for _, test := range []struct{ at, want string }{
		{"tier ap‸i {", "tier shop/api { app=api } :8080/tcp, metrics=9090/tcp\n```"},
		{"tier ap‸i {", "**Who reaches it** (1)\n\n```zt\nshop/web -> shop/api :8080/tcp, 9090/tcp  # shop.zt:7\n```"},
		{"tier ap‸i {", "# dns, for shop.zt:12, shop.zt:8"},
		{"tier ap‸i {", "isolated for ingress and egress"},
		{"tier w‸eb {", "Serves pages."},
		{"we‸b -> api", "tier shop/web"},
		{"namespace sh‸op {", "namespace shop"},
		{"shop/api -> ban‸k", "external bank { 203.0.113.0/24 } :443/tcp"},
		{"http‸=80", "port http = 80/tcp"},
		{"web -‸> api", "**This edge permits**\n\n```zt\nshop/web -> shop/api :8080/tcp, 9090/tcp\nshop/web -> kube-system/kube-dns :53/tcp, 53/udp  # to resolve names"},
		{"de‸ny web -> db", "**Holds**"},
		{"exter‸nal bank", "### external"},
		{"tier db b‸y app", "https://github.com/zt-lang/zt/blob/main/grammar/README.md#"},
	} {
		var hover protocol.Hover
		c.call("textDocument/hover", c.at("shop.zt", test.at), &hover)
		if !strings.Contains(hover.Contents.Value, test.want) {
			t.Errorf("%q: hover lacks %q:\n%s", test.at, test.want, hover.Contents.Value)
		}
	}
	c.set("shop.zt", strings.Replace(shop, "web -> api", "web -> api, db", 1))
	var hover protocol.Hover
	c.call("textDocument/hover", c.at("shop.zt", "de"+cursor+"ny web"), &hover)
	if !strings.Contains(hover.Contents.Value, "Reported of this statement") || !strings.Contains(hover.Contents.Value, "shop.zt:7") {
		t.Errorf("the deny that is broken: %s", hover.Contents.Value)
	}
	c.set("shop.zt", shop+"web -> nothing :1\ntier !\n")
	c.call("textDocument/hover", c.at("shop.zt", "tier ap"+cursor+"i {"), &hover)
	if !strings.Contains(hover.Contents.Value, "shop/web -> shop/api") || !strings.Contains(hover.Contents.Value, "has errors") {
		t.Errorf("in a program with errors: %s", hover.Contents.Value)
	}
}

func TestNavigation(t *testing.T) {
	c := start(t, map[string]string{"shop.zt": shop, "use.zt": "import \"shop.zt\"\nnamespace shop {\n  web -> api :metrics\n}\ntier front by app\nfront -> shop/web :http\n"}, Options{})
	c.open("shop.zt")
	c.open("use.zt")
	ask := func(method string, params map[string]any) string {
		var list []protocol.Location
		c.call(method, params, &list)
		var out []string
		for _, l := range list {
			out = append(out, fmt.Sprintf("%s@%d", c.show(l), l.Range.Start.Line+1))
		}
		return strings.Join(out, " ")
	}
	for at, want := range map[string]string{
		"web -> a‸pi :metrics": "shop.zt:api@5",
		"api :metr‸ics":        "shop.zt:metrics@5",
		"  we‸b -> api":        "shop.zt:web@4",
		"\nfr‸ont -> shop":     "use.zt:front@5",
		"shop/w‸eb :http":      "shop.zt:web@4",
		"-> sh‸op/web":         "shop.zt:shop@2 use.zt:shop@2",
		"import \"sh‸op.zt":    "shop.zt:@1",
		"name‸space":           "",
	} {
		if got := ask("textDocument/definition", c.at("use.zt", at)); got != want {
			t.Errorf("definition at %q: %s, want %s", at, got, want)
		}
	}
	declared := map[string]any{"includeDeclaration": true}
	if got, want := ask("textDocument/references", with(c.at("shop.zt", "tier w‸eb"), "context", declared)),
		"shop.zt:web@4 shop.zt:web@7 shop.zt:web@9 use.zt:web@3 use.zt:web@6"; got != want {
		t.Errorf("references: %s, want %s", got, want)
	}
	if got, want := ask("textDocument/references", c.at("shop.zt", "tier w‸eb")), "shop.zt:web@7 shop.zt:web@9 use.zt:web@3 use.zt:web@6"; got != want {
		t.Errorf("references without the declaration: %s, want %s", got, want)
	}
	var marks []protocol.DocumentHighlight
	c.call("textDocument/documentHighlight", c.at("shop.zt", "tier w‸eb"), &marks)
	if len(marks) != 3 || marks[0].Kind != protocol.HighlightWrite || marks[1].Kind != protocol.HighlightRead {
		t.Errorf("highlights %v", marks)
	}
	var symbols []protocol.SymbolInformation
	c.call("workspace/symbol", map[string]any{"query": "WB"}, &symbols)
	if len(symbols) != 1 || symbols[0].ContainerName != "shop" || symbols[0].Location.URI != c.uri("shop.zt") {
		t.Errorf("symbols %v", symbols)
	}
	var outline []protocol.DocumentSymbol
	c.call("textDocument/documentSymbol", map[string]any{"textDocument": c.document("shop.zt")}, &outline)
	if len(outline) != 2 || outline[0].Name != "shop" || len(outline[0].Children) != 3 || outline[0].Children[1].Detail != ":8080, metrics=9090" {
		t.Errorf("outline %+v", outline)
	}
}

func TestRename(t *testing.T) {
	c := start(t, nil, Options{})
	names := []string{"a.zt", "b.zt"}
	for _, n := range names {
		c.open(n, "")
	}
	for _, test := range []struct {
		a, b, at, to string
		wantA, wantB string
		refused      string
	}{
		{a: "namespace shop {\n  tier w‸eb { app=web } :http=80\n  tier api { app=api }\n  api -> web :http\n}\n", b: "tier front by app\nfront -> shop/web :http\n", to: "site",
			wantA: "namespace shop {\n  tier site { app=web } :http=80\n  tier api { app=api }\n  api -> site :http\n}\n", wantB: "tier front by app\nfront -> shop/site :http\n"},
		{a: "tier web { app=web } :http=80\n", b: "tier api by app\napi -> web :ht‸tp\n", to: "main",
			wantA: "tier web { app=web } :main=80\n", wantB: "tier api by app\napi -> web :main\n"},
		{a: "tier we‸b by app { !canary } :80\n", b: "tier api by app\napi -> web\n", to: "site",
			wantA: "tier site { app=web, !canary } :80\n", wantB: "tier api by app\napi -> site\n"},
		{a: "tier we‸b by app\n", b: "tier api by app\napi -> web :1\n", to: "site",
			wantA: "tier site { app=web }\n", wantB: "tier api by app\napi -> site :1\n"},
		{a: "environment de‸v by env\n", b: "tier web by app :80\ndev -> web\n", to: "test",
			wantA: "environment test by env=dev\n", wantB: "tier web by app :80\ntest -> web\n"},
		{a: "namespace sh‸op {\n  tier web { app=web } :80\n}\nnamespace shop {\n}\n", b: "shop/* -> shop/web\n", to: "store",
			wantA: "namespace store {\n  tier web { app=web } :80\n}\nnamespace store {\n}\n", wantB: "store/* -> store/web\n"},
		{a: "external ba‸nk { 203.0.113.0/24 } :443\n", b: "tier web by app\nweb -> bank\n", to: "payments",
			wantA: "external payments { 203.0.113.0/24 } :443\n", wantB: "tier web by app\nweb -> payments\n"},
		{a: "tier web, ap‸i by app :80\n", b: "web -> api\n", to: "site", refused: "the value of a label"},
		{a: "tier we‸b { app=web }\ntier api { app=api } :1\n", b: "web -> api\n", to: "api", refused: "declared"},
		{a: "tier we‸b { app=web }\n", b: "tier api by app :1\nweb -> api\n", to: "tier", refused: "tier"},
		{a: "tier we‸b { app=web }\n", b: "tier api by app :1\nweb -> api\n", to: "No good", refused: ""},
		// Outside of the namespace, `db` means an external; the tier's new name must not capture its use.
		{a: "external db { 203.0.113.0/24 } :1\nnamespace shop {\n  tier ol‸d { app=old } :1\n  tier web { app=web }\n  web -> db\n}\n", b: "shop/web -> shop/old\n", to: "db", refused: "something else"},
		{a: "environment de‸v by env {\n  namespace team-$environment { tier web { app=web } }\n}\n", b: "", to: "test", refused: "$environment"},
		{a: "tier web by app\nweb -> kube-system/kube-‸dns\n", b: "", to: "dns1", refused: "prelude"},
	} {
		piece, name := test.a, "a.zt"
		if strings.Contains(test.b, cursor) {
			piece, name = test.b, "b.zt"
		}
		c.set("a.zt", strings.Replace(test.a, cursor, "", 1))
		c.set("b.zt", strings.Replace(test.b, cursor, "", 1))
		var edit protocol.WorkspaceEdit
		err := c.try("textDocument/rename", with(c.at(name, piece), "newName", test.to), &edit)
		if test.wantA == "" {
			if err == nil || !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%q to %s: %v, and edits %v", piece, test.to, err, edit)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q to %s: %v", piece, test.to, err)
			continue
		}
		if got := c.applyEdit(edit); got["a.zt"] != test.wantA || got["b.zt"] != test.wantB {
			t.Errorf("%q to %s:\n%s\n%s", piece, test.to, got["a.zt"], got["b.zt"])
		}
		var prepared protocol.PrepareRename
		c.call("textDocument/prepareRename", c.at(name, piece), &prepared)
		if prepared.Placeholder == "" {
			t.Errorf("%q cannot be prepared", piece)
		}
	}
}

func TestEditing(t *testing.T) {
	c := start(t, nil, Options{})
	c.open("a.zt", "# one\n# two\nnamespace shop   {\n  tier web {\n    app=web\n    tier=x\n  }\n  tier api { app=api } :80\n  web->api\n  web -> apy :80\n}\n# end\n")
	var edits []protocol.TextEdit
	c.call("textDocument/formatting", map[string]any{"textDocument": c.document("a.zt"), "options": map[string]any{}}, &edits)
	if got := c.applyEdits(c.text["a.zt"], edits); len(edits) != 1 || !strings.Contains(got, "namespace shop {\n") || !strings.Contains(got, "  web -> api\n") || !strings.HasPrefix(got, "# one\n") {
		t.Errorf("formatted %q by %v", got, edits)
	}
	var folds []protocol.FoldingRange
	c.call("textDocument/foldingRange", map[string]any{"textDocument": c.document("a.zt")}, &folds)
	want := []protocol.FoldingRange{{StartLine: 0, EndLine: 1, Kind: "comment"}, {StartLine: 3, EndLine: 5}, {StartLine: 2, EndLine: 9}}
	slices.SortFunc(folds, func(a, b protocol.FoldingRange) int { return a.EndLine - b.EndLine })
	if !slices.Equal(folds, want) {
		t.Errorf("folding %v, want %v", folds, want)
	}
	c.diagnostics("a.zt")
	whole := map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": 99, "character": 0}}
	var actions []protocol.CodeAction
	c.call("textDocument/codeAction", map[string]any{"textDocument": c.document("a.zt"), "range": whole, "context": map[string]any{"diagnostics": []any{}}}, &actions)
	i := slices.IndexFunc(actions, func(a protocol.CodeAction) bool { return strings.Contains(a.Title, "api") })
	if i < 0 || actions[i].Kind != protocol.QuickFix || len(actions[i].Diagnostics) != 1 || !strings.Contains(c.applyEdit(actions[i].Edit)["a.zt"], "web -> api :80") {
		t.Errorf("actions %+v", actions)
	}
	c.call("textDocument/codeAction", map[string]any{"textDocument": c.document("a.zt"), "range": whole, "context": map[string]any{"diagnostics": []any{}, "only": []string{"source.fixAll"}}}, &actions)
	if len(actions) != 1 || actions[0].Kind != protocol.SourceFixAll || !strings.Contains(c.applyEdit(actions[0].Edit)["a.zt"], "web -> api :80") {
		t.Errorf("fix all: %+v", actions)
	}
	c.set("a.zt", "tier {\n")
	c.call("textDocument/formatting", map[string]any{"textDocument": c.document("a.zt"), "options": map[string]any{}}, &edits)
	if len(edits) != 0 {
		t.Errorf("a file with errors is formatted: %v", edits)
	}
}

func TestHints(t *testing.T) {
	c := start(t, map[string]string{"a.zt": "tier web, api by app :80\ntier db { app=db } :5432/tcp\nweb -> api, db\nweb -> api :80\napi <-> db\ntier open { app=open }\nweb -> open\n"}, Options{})
	c.open("a.zt")
	whole := map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": 99, "character": 0}}
	var hints []protocol.InlayHint
	c.call("textDocument/inlayHint", map[string]any{"textDocument": c.document("a.zt"), "range": whole}, &hints)
	text := c.text["a.zt"]
	for i := len(hints) - 1; i >= 0; i-- {
		at := newMapper(c.text["a.zt"], c.utf8).offset(hints[i].Position)
		text = text[:at] + hints[i].Label + text[at:]
	}
	if want := "web -> api :80/tcp, db :5432/tcp\nweb -> api :80\napi :80/tcp <-> db :5432/tcp\ntier open { app=open }\nweb -> open :any\n"; !strings.HasSuffix(text, want) {
		t.Errorf("with hints:\n%s", text)
	}
	var lenses []json.RawMessage
	c.call("textDocument/codeLens", map[string]any{"textDocument": c.document("a.zt")}, &lenses)
	var titles []string
	for _, raw := range lenses {
		var lens protocol.CodeLens
		c.call("codeLens/resolve", raw, &lens)
		titles = append(titles, lens.Command.Title)
	}
	if got, want := strings.Join(titles, "|"), "web: reachable from 0, reaches 3|api: reachable from 2, reaches 1|reachable from 2, reaches 1|reachable from 1, reaches 0"; got != want {
		t.Errorf("lenses %s, want %s", got, want)
	}
	var tokens protocol.SemanticTokens
	c.set("a.zt", "# c\nnamespace shop { tier web { app=api } :http=80 }\nshop/web -> internet :443\n")
	c.call("textDocument/semanticTokens/full", map[string]any{"textDocument": c.document("a.zt")}, &tokens)
	var got []string
	line, column := 0, 0
	for i := 0; i+4 < len(tokens.Data); i += 5 {
		d := tokens.Data[i : i+5]
		if d[0] > 0 {
			column = 0
		}
		line, column = line+d[0], column+d[1]
		start := newMapper(c.text["a.zt"], c.utf8).offset(protocol.Position{Line: line, Character: column})
		got = append(got, c.text["a.zt"][start:start+d[2]]+":"+tokenTypes[d[3]])
	}
	want := "# c:comment namespace:keyword shop:namespace tier:keyword web:class app:property api:string http:enumMember 80:number shop:namespace web:class ->:operator internet:variable 443:number"
	if strings.Join(got, " ") != want {
		t.Errorf("tokens %v", got)
	}
}

// Positions are in UTF-16 or, if the client can, in bytes.
func TestEncodings(t *testing.T) {
	const text = "tier web by app # 日本🔥 é\n# 🔥🔥\ntier api by app :80 # 🔥\nweb -> apy :80 # 🔥\n"
	for _, encodings := range [][]string{nil, {"utf-16"}, {"utf-8", "utf-16"}} {
		c := start(t, nil, Options{}, encodings...)
		c.open("a.zt", text)
		if c.utf8 != (len(encodings) == 2) {
			t.Fatalf("%v: UTF-8 is %v", encodings, c.utf8)
		}
		// Change what follows wide characters, on their line.
		at := strings.Index(text, "é")
		c.replace("a.zt", at, at+len("é"), "ü🔥")
		at = strings.Index(c.text["a.zt"], "apy")
		if got := c.diagnostics("a.zt"); len(got) != 1 || newMapper(c.text["a.zt"], c.utf8).offset(got[0].Range.Start) != at {
			t.Errorf("%v: diagnostics %v", encodings, got)
		}
		c.replace("a.zt", at, at+3, "api")
		if got := c.diagnostics("a.zt"); len(got) != 0 {
			t.Errorf("%v: diagnostics %v", encodings, got)
		}
		var list []protocol.Location
		c.call("textDocument/definition", c.at("a.zt", "-> a"+cursor+"pi"), &list)
		if len(list) != 1 || list[0].Range.Start.Line != 2 {
			t.Errorf("%v: definition %v", encodings, list)
		}
	}
}

// What is wrong with a message is an answer, and does not end the server.
func TestProtocol(t *testing.T) {
	c := start(t, nil, Options{})
	for method, code := range map[string]int64{
		"initialize": protocol.InvalidRequest, "no/such": protocol.MethodNotFound,
	} {
		var coded *jsonrpc2.Error
		if err := c.try(method, map[string]any{}, nil); !errors.As(err, &coded) || coded.Code != code {
			t.Errorf("%s: %v", method, err)
		}
	}
	var coded *jsonrpc2.Error
	if err := c.try("textDocument/hover", "text", nil); !errors.As(err, &coded) || coded.Code != protocol.InvalidParams {
		t.Errorf("wrong parameters: %v", err)
	}
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": "file:///nowhere.zt"}})
	c.notify("textDocument/didOpen", "text")
	c.notify("no/such", nil)
	var none json.RawMessage
	for method := range requests {
		if method == "textDocument/rename" || method == "codeLens/resolve" {
			continue // these are errors where there is nothing
		}
		c.call(method, map[string]any{"textDocument": map[string]any{"uri": "file:///nowhere.zt"}, "position": map[string]any{"line": 5, "character": 7}}, &none)
	}
	c.open("a.zt", "tier a by b\n")
	c.diagnostics("a.zt")
	for deadline := time.Now().Add(10 * time.Second); !c.wasCalled("client/registerCapability"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the client is not asked to watch files")
		}
	}
}

// A message that is not JSON-RPC does not end the server.
func TestMalformed(t *testing.T) {
	var in, out bytes.Buffer
	var log safeBuffer
	for _, body := range []string{"", "{bad", "[]", "null", "5", `"x"`, "{}", `{"id":{},"method":"m"}`, `[{"id":1,"method":"m"}]`,
		`{"id":1,"method":"m","result":1}`, "\xff", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}` + "\r\n", `{"jsonrpc":"2.0","id":2,"method":"shutdown"}`} {
		fmt.Fprintf(&in, "content-length:%d\r\nX-Other: 1\r\n\r\n%s", len(body), body)
	}
	if !Serve(&in, &out, &log, Options{}) {
		t.Errorf("the server did not reach the last message:\n%s", log.String())
	}
	if n := strings.Count(log.String(), "skipped a message"); n != 11 {
		t.Errorf("%d messages were skipped:\n%s", n, log.String())
	}
	for _, id := range []string{`"id":1,`, `"id":2,`} {
		if !strings.Contains(out.String(), id) {
			t.Errorf("no answer with %s in %s", id, out.String())
		}
	}
}

// A client that goes away ends the server, which reports it. So does one that says no length.
func TestDisconnect(t *testing.T) {
	var log safeBuffer
	if Serve(strings.NewReader("Content-Length: 2\r\n\r\n{}"), io.Discard, &log, Options{}) {
		t.Error("a connection that just ends is orderly")
	}
	if !strings.Contains(log.String(), "without `shutdown`") {
		t.Errorf("log: %s", log.String())
	}
	for in, want := range map[string]string{
		"Content-Length: x\r\n\r\n{}": "wrong Content-Length", "Length: 2\r\n\r\n{}": "wrong Content-Length", "Content-Length: 99999999999\r\n\r\n{}": "wrong Content-Length",
		"{}\r\n\r\n": "protocol error", "Content-Length: 4000000000\r\n\r\n{}": "without `shutdown`",
	} {
		var log safeBuffer
		if Serve(strings.NewReader(in), io.Discard, &log, Options{}) || !strings.Contains(log.String(), want) {
			t.Errorf("%q: %s", in, log.String())
		}
	}
}

// A cancelled request is answered at once, while the program is still being compiled.
func TestCancel(t *testing.T) {
	c := start(t, nil, Options{})
	c.open("a.zt", large(20_000))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	waiting, err := c.conn.DispatchCall(ctx, "textDocument/hover", c.at("a.zt", "tier t"+cursor+"0 {"), jsonrpc2.PickID(jsonrpc2.ID{Str: "mine", IsString: true}))
	if err != nil {
		t.Fatal(err)
	}
	c.notify("$/cancelRequest", map[string]any{"id": "mine"})
	var coded *jsonrpc2.Error
	if err := waiting.Wait(ctx, nil); !errors.As(err, &coded) || coded.Code != protocol.RequestCancelled {
		t.Errorf("a cancelled request: %v", err)
	}
	c.mu.Lock()
	published := len(c.published)
	c.mu.Unlock()
	if published > 0 {
		t.Skip("the program was compiled before the request was cancelled")
	}
	c.diagnostics("a.zt")
}

// large returns a program of so many edges.
func large(edges int) string {
	var b strings.Builder
	tiers := edges/3 + 1
	for i := range tiers {
		fmt.Fprintf(&b, "tier t%d { app=t%d } :http=80\n", i, i)
	}
	for i := range edges {
		fmt.Fprintf(&b, "t%d -> t%d :http\n", i%tiers, (i*7+i/tiers+1)%tiers)
	}
	return b.String()
}
