package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/sourcegraph/jsonrpc2"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/grammar/source"
)

// editor is a client of `zt lsp` that opens two files and waits for their diagnostics.
type editor struct {
	conn    *jsonrpc2.Conn
	arrived chan protocol.PublishDiagnostics
	stderr  bytes.Buffer
	ended   chan int
	last    map[string]protocol.PublishDiagnostics // by URI
}

// Handle implements jsonrpc2.Handler.
func (e *editor) Handle(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) {
	if req.Method == "textDocument/publishDiagnostics" {
		var p protocol.PublishDiagnostics
		if json.Unmarshal(*req.Params, &p) == nil && p.Version != nil {
			e.arrived <- p
		}
	}
}

// pipes are the two ends of a client's connection.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// startEditor runs `zt lsp`. Its workspace is a folder.
func startEditor(t rapid.TB, dir string) *editor {
	e := &editor{arrived: make(chan protocol.PublishDiagnostics, 1000), ended: make(chan int, 1), last: map[string]protocol.PublishDiagnostics{}}
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	go func() {
		e.ended <- run([]string{"lsp"}, toServer, fromServer, &e.stderr)
		fromServer.Close()
	}()
	e.conn = jsonrpc2.NewConn(context.Background(), jsonrpc2.NewBufferedStream(pipes{toClient, fromClient}, jsonrpc2.VSCodeObjectCodec{}), e)
	if err := e.conn.Call(context.Background(), "initialize", map[string]any{"rootUri": "file://" + dir, "capabilities": map[string]any{}}, nil); err != nil {
		t.Fatal(err)
	}
	e.notify(t, "initialized", map[string]any{})
	return e
}

func (e *editor) notify(t rapid.TB, method string, params any) {
	if err := e.conn.Notify(context.Background(), method, params); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

// stop ends the server.
func (e *editor) stop(t rapid.TB) {
	if err := e.conn.Call(context.Background(), "shutdown", nil, nil); err != nil {
		t.Fatal(err)
	}
	_ = e.conn.Notify(context.Background(), "exit", nil)
	if code := <-e.ended; code != 0 || e.stderr.Len() > 0 {
		t.Errorf("zt lsp ended with %d: %s", code, &e.stderr)
	}
}

// wait waits until the last diagnostics of documents are those of these versions, and are these, and
// returns the last ones.
func (e *editor) wait(versions map[string]int, want []string) (got []string, ok bool) {
	timeout := time.After(10 * time.Second)
	for {
		current := true
		for uri, version := range versions {
			p, sent := e.last[uri]
			current = current && sent && *p.Version == version
		}
		if got = shown(e.last); current && slices.Equal(got, want) {
			return got, true
		}
		select {
		case p := <-e.arrived:
			e.last[p.URI] = p
		case <-timeout:
			return got, false
		}
	}
}

// shown returns diagnostics as lines, in order.
func shown(published map[string]protocol.PublishDiagnostics) []string {
	var out []string
	for uri, p := range published {
		for _, d := range p.Diagnostics {
			out = append(out, fmt.Sprintf("%s:%d:%d-%d:%d %s %d %s", filepath.Base(uri), d.Range.Start.Line, d.Range.Start.Character, d.Range.End.Line, d.Range.End.Character, d.Code, d.Severity, d.Message))
		}
	}
	slices.Sort(out)
	return out
}

// pieces are what random edits write.
var pieces = []string{
	"tier web by app", "tier api, db by app :80\n", "tier api { app=api } :http=80, 443/udp\n", "web -> api :80\n", "api -> db\n", "web <-> db :any\n",
	"namespace shop {\n", "namespace shop isolates ingress {\n", "}\n", "}", "{", "deny web -> db\n", "deny path api -> internet\n", "isolate dev, prod\n",
	"environment dev, prod by env {\n", "namespace team-$environment { tier job by app }\n", "external bank { 203.0.113.0/24 } :443\n", "external x { host example.com }\n",
	"import \"b.zt\"\n", "import \"a.zt\"\n", "import \"c.zt\"\n", "network { pods 10.0.0.0/8 }\n", "dns off\n", "dns api :53\n", "internet -> shop/web :80\n",
	"# é 日本 🔥\n", "\"", ":", "->", ",", " ", "\n", ";", "80-70/tcp", "é", "🔥", "\xff", "\r\n", "\t", "*", "$environment", "labels a=b\n", "nothing", "0.0.0.0/0", "all -> all\n",
}

// propertyEdits makes random edits in two open files of a folder. After each, the diagnostics of the
// server equal those of `zt check` of files with the same texts. (`zt check` reads these; on disk the
// editor's files stay empty.)
func propertyEdits(t *rapid.T, open, saved string) {
	names := []string{"a.zt", "b.zt"}
	texts, versions := map[string]string{}, map[string]int{}
	e := startEditor(t, open)
	uri := func(name string) string { return "file://" + open + "/" + name }
	for _, name := range names {
		texts[name] = jsonText(strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, name), ""))
		versions[uri(name)] = 1
		e.notify(t, "textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri(name), "version": 1, "languageId": "zt", "text": texts[name]}})
	}
	for range rapid.IntRange(1, 12).Draw(t, "edits") {
		name := rapid.SampledFrom(names).Draw(t, "file")
		old := source.NewFile(name, texts[name])
		start := rapid.IntRange(0, len(old.Text)).Draw(t, "start")
		first := old.EditorPosition(start)
		last := old.EditorPosition(start + rapid.IntRange(0, 12).Draw(t, "length"))
		with := jsonText(rapid.SampledFrom(pieces).Draw(t, "text"))
		texts[name] = old.Text[:old.Offset(first)] + with + old.Text[old.Offset(last):]
		versions[uri(name)]++
		e.notify(t, "textDocument/didChange", map[string]any{
			"textDocument": map[string]any{"uri": uri(name), "version": versions[uri(name)]},
			"contentChanges": []any{map[string]any{"text": with, "range": map[string]any{
				"start": map[string]any{"line": first.Line, "character": first.Character},
				"end":   map[string]any{"line": last.Line, "character": last.Character},
			}}},
		})
		want := checked(t, saved, texts)
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], saved, open) // a message has the folder
		}
		slices.Sort(want)
		if got, ok := e.wait(versions, want); !ok {
			t.Fatalf("a.zt:\n%q\nb.zt:\n%q\nthe server:\n%s\nzt check:\n%s", texts["a.zt"], texts["b.zt"], strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	e.stop(t)
}

// jsonText returns a text as JSON can carry it.
func jsonText(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// checked returns what `zt check` reports of texts, as the server sends it.
func checked(t rapid.TB, dir string, texts map[string]string) []string {
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	run([]string{"check", "--format", "json", "."}, nil, &stdout, &stderr)
	var result struct {
		Diagnostics []struct {
			Code, Severity, Message, Help string
			Range                         *source.Range
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		t.Fatalf("zt check: %v\n%s", err, &stderr)
	}
	var out []string
	for _, d := range result.Diagnostics {
		severity := map[string]int{"error": 1, "warning": 2, "note": 3}[d.Severity]
		message := d.Message
		if d.Help != "" {
			message += "\nhelp: " + d.Help
		}
		at := cmp.Or(d.Range, &source.Range{File: "a.zt", Start: source.Position{Line: 1, Column: 1}, End: source.Position{Line: 1, Column: 1}})
		if at.File == "prelude" {
			at = &source.Range{File: "a.zt", Start: source.Position{Line: 1, Column: 1}, End: source.Position{Line: 1, Column: 1}}
		}
		file := source.NewFile(at.File, texts[at.File])
		place := func(p source.Position) string {
			line, _ := file.Line(p.Line)
			before := []rune(line + "\r")[:p.Column-1]
			return fmt.Sprintf("%d:%d", p.Line-1, len(utf16.Encode(before)))
		}
		out = append(out, fmt.Sprintf("%s:%s-%s %s %d %s", at.File, place(at.Start), place(at.End), d.Code, severity, message))
	}
	slices.Sort(out)
	return out
}

// The diagnostics of open buffers equal those of `zt check` after random edits, and nothing ends the
// server.
func TestEditsLikeCheck(t *testing.T) {
	open, saved := folders(t)
	rapid.Check(t, func(t *rapid.T) { propertyEdits(t, open, saved) })
}

func FuzzEdits(f *testing.F) {
	open, saved := folders(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { propertyEdits(t, open, saved) }))
}

// folders returns the folder of open files, and that of the same files saved, which is the current
// one.
func folders(t testing.TB) (open, saved string) {
	open, saved = filepath.ToSlash(t.TempDir()), t.TempDir()
	for _, name := range []string{"a.zt", "b.zt"} {
		if err := os.WriteFile(filepath.Join(open, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(saved)
	return open, saved
}
