package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
)

// client is an editor, connected to a server by pipes.
type client struct {
	t    testing.TB
	conn *jsonrpc2.Conn
	dir  string
	utf8 bool
	log  *safeBuffer
	done chan bool

	mu        sync.Mutex
	published map[string]protocol.PublishDiagnostics // the last ones, by URI
	count     int
	calls     []string
	arrived   chan struct{}
	version   map[string]int
	text      map[string]string
}

// safeBuffer is a buffer for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start writes files into a new folder and starts a server whose workspace is that folder. A panic
// in the server fails the test.
func start(t testing.TB, files map[string]string, options Options, encodings ...string) *client {
	c := &client{
		t: t, dir: t.TempDir(), log: &safeBuffer{}, done: make(chan bool, 1),
		published: map[string]protocol.PublishDiagnostics{}, arrived: make(chan struct{}, 1),
		version: map[string]int{}, text: map[string]string{},
	}
	for name, text := range files {
		c.write(name, text)
	}
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	go func() {
		c.done <- Serve(toServer, fromServer, c.log, options)
		fromServer.Close()
	}()
	type end struct {
		io.Reader
		io.WriteCloser
	}
	c.conn = jsonrpc2.NewConn(context.Background(), jsonrpc2.NewBufferedStream(end{toClient, fromClient}, jsonrpc2.VSCodeObjectCodec{}), c)
	var result struct {
		Capabilities struct {
			PositionEncoding string `json:"positionEncoding"`
		} `json:"capabilities"`
	}
	c.call("initialize", map[string]any{
		"rootUri": c.uri(""), "capabilities": map[string]any{
			"general":   map[string]any{"positionEncodings": encodings},
			"workspace": map[string]any{"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}},
		},
	}, &result)
	c.utf8 = result.Capabilities.PositionEncoding == protocol.UTF8
	c.notify("initialized", map[string]any{})
	t.Cleanup(func() {
		c.call("shutdown", nil, nil)
		c.notify("exit", nil)
		select {
		case orderly := <-c.done:
			if !orderly {
				t.Error("the server did not see that it was shut down")
			}
		case <-time.After(10 * time.Second):
			t.Error("the server does not end")
		}
		if strings.Contains(c.log.String(), "bug in zt") {
			t.Errorf("the server reported a bug:\n%s", c.log)
		}
	})
	return c
}

// Handle implements jsonrpc2.Handler.
func (c *client) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, req.Method)
	if req.Method == "textDocument/publishDiagnostics" {
		var p protocol.PublishDiagnostics
		if err := json.Unmarshal(*req.Params, &p); err != nil {
			c.t.Errorf("diagnostics: %v", err)
		}
		c.published[p.URI] = p
		c.count++
		select {
		case c.arrived <- struct{}{}:
		default:
		}
	}
	if !req.Notif {
		go func() { _ = conn.Reply(ctx, req.ID, nil) }()
	}
}

// wasCalled reports whether the server sent a request or notification.
func (c *client) wasCalled(method string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.calls, method)
}

func (c *client) call(method string, params, result any) {
	c.t.Helper()
	if err := c.try(method, params, result); err != nil {
		c.t.Fatalf("%s: %v\n%s", method, err, c.log)
	}
}

func (c *client) try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return c.conn.Call(ctx, method, params, result)
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.conn.Notify(context.Background(), method, params); err != nil && method != "exit" {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// whole returns the path of a file: names are from the client's folder.
func (c *client) whole(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

func (c *client) write(name, text string) {
	path := c.whole(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) uri(name string) string {
	return uriOf(strings.TrimPrefix(filepath.ToSlash(c.whole(name)), "/"))
}

func (c *client) document(name string) map[string]any { return map[string]any{"uri": c.uri(name)} }

// open opens a file, with the text on disk or another one.
func (c *client) open(name string, text ...string) {
	c.t.Helper()
	if len(text) == 0 {
		data, err := os.ReadFile(filepath.Join(c.dir, name))
		if err != nil {
			c.t.Fatal(err)
		}
		text = []string{string(data)}
	}
	c.version[name]++
	c.text[name] = text[0]
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": c.uri(name), "languageId": "zt", "version": c.version[name], "text": text[0],
	}})
}

// replace replaces a part of an open file.
func (c *client) replace(name string, start, end int, with string) {
	c.t.Helper()
	old := c.text[name]
	c.version[name]++
	c.text[name] = old[:start] + with + old[end:]
	m := newMapper(old, c.utf8)
	c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": c.uri(name), "version": c.version[name]},
		"contentChanges": []any{map[string]any{"range": m.rangeOf(start, end), "text": with}},
	})
}

// set replaces the whole text of an open file.
func (c *client) set(name, text string) {
	c.t.Helper()
	c.version[name]++
	c.text[name] = text
	c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": c.uri(name), "version": c.version[name]},
		"contentChanges": []any{map[string]any{"text": text}},
	})
}

// diagnostics waits for the diagnostics of an open file's current version.
func (c *client) diagnostics(name string) []protocol.Diagnostic {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		c.mu.Lock()
		p, ok := c.published[c.uri(name)]
		c.mu.Unlock()
		if ok && p.Version != nil && *p.Version == c.version[name] {
			return p.Diagnostics
		}
		select {
		case <-c.arrived:
		case <-deadline:
			c.t.Fatalf("no diagnostics of version %d of %s\n%s", c.version[name], name, c.log)
		}
	}
}

// eventually waits until the last diagnostics of a file, open or not, fit.
func (c *client) eventually(name string, fit func([]protocol.Diagnostic) bool) {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		c.mu.Lock()
		p, ok := c.published[c.uri(name)]
		c.mu.Unlock()
		if ok && fit(p.Diagnostics) {
			return
		}
		select {
		case <-c.arrived:
		case <-deadline:
			c.t.Fatalf("the last diagnostics of %s: %v\n%s", name, p.Diagnostics, c.log)
		}
	}
}

// cursor marks a place in the texts of tests.
const cursor = "‸"

// at returns the parameters of a place: that of the cursor in a piece of the text.
func (c *client) at(name, piece string) map[string]any {
	c.t.Helper()
	plain := strings.Replace(piece, cursor, "", 1)
	if strings.Count(c.text[name], plain) != 1 || plain == piece {
		c.t.Fatalf("%q is not one place of %s", piece, name)
	}
	offset := strings.Index(c.text[name], plain) + strings.Index(piece, cursor)
	return map[string]any{"textDocument": c.document(name), "position": newMapper(c.text[name], c.utf8).position(offset)}
}

// with adds a parameter.
func with(params map[string]any, key string, value any) map[string]any {
	params[key] = value
	return params
}

// show returns a location as "file:text".
func (c *client) show(l protocol.Location) string {
	for name := range c.text {
		if c.uri(name) == l.URI {
			m := newMapper(c.text[name], c.utf8)
			return name + ":" + m.file.Text[m.offset(l.Range.Start):m.offset(l.Range.End)]
		}
	}
	return strings.TrimPrefix(l.URI, c.uri("")+"/")
}

// applyEdit returns the texts of open files after an edit.
func (c *client) applyEdit(e protocol.WorkspaceEdit) map[string]string {
	c.t.Helper()
	out := map[string]string{}
	for name, text := range c.text {
		out[name] = c.applyEdits(text, e.Changes[c.uri(name)])
	}
	return out
}

func (c *client) applyEdits(text string, edits []protocol.TextEdit) string {
	m := newMapper(text, c.utf8)
	for i := len(edits) - 1; i >= 0; i-- {
		start, end := m.offset(edits[i].Range.Start), m.offset(edits[i].Range.End)
		if i > 0 && m.offset(edits[i-1].Range.End) > start {
			c.t.Fatalf("edits overlap or are not in order: %v", edits)
		}
		text = text[:start] + edits[i].NewText + text[end:]
	}
	return text
}
