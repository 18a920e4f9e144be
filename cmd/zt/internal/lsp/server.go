// Package lsp is the language server of zt: diagnostics, completion and navigation for editors that
// speak the Language Server Protocol.
//
// Messages are read one by one, in order. A change of a document makes a new snapshot, which never
// changes, and its diagnostics are published from a goroutine. Each request runs in a goroutine of
// its own, on the snapshot that was current when it arrived.
package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/grammar/diag"
)

// Options choose how programs are compiled, as the flags of zt check do.
type Options struct {
	emit.Options
	Version string
	// Manifests reads the evidence. It is nil without --manifests.
	Manifests func() (*inventory.Inventory, diag.List, error)
}

// Serve answers the messages of one client until it sends exit or closes the connection. It reports
// whether the client asked the server to shut down first.
func Serve(in io.Reader, out io.Writer, errs io.Writer, options Options) bool {
	s := &server{
		options: options,
		log:     log.New(errs, "zt lsp: ", 0),
		running: map[jsonrpc2.ID]context.CancelFunc{},
		changed: make(chan struct{}, 1),
		started: make(chan struct{}),
	}
	s.current = &snapshot{server: s, view: newView(nil), documents: map[string]*document{}}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s.conn = jsonrpc2.NewConn(ctx, jsonrpc2.NewBufferedStream(stream{in, out}, codec{log: s.log}), s, jsonrpc2.SetLogger(log.New(io.Discard, "", 0)))
	close(s.started)
	go s.publishing(ctx)
	<-s.conn.DisconnectNotify()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		s.log.Print("the client closed the connection without `shutdown` and `exit`")
	}
	return s.down
}

// stream joins the two directions of a connection. Closing the standard streams is for the caller.
type stream struct {
	io.Reader
	io.Writer
}

func (stream) Close() error { return nil }

type server struct {
	options Options
	conn    *jsonrpc2.Conn
	started chan struct{} // closed when conn is set: messages can arrive before
	log     *log.Logger
	changed chan struct{} // has an element if the current snapshot is not published

	mu          sync.Mutex
	current     *snapshot
	running     map[jsonrpc2.ID]context.CancelFunc
	initialized bool
	down        bool // shutdown was requested
	utf8        bool
	watches     bool // the client can watch files

	compiling sync.Mutex // programs are compiled one at a time
	checking  sync.Mutex // and checked in whole one at a time

	evidence evidence
}

// Handle implements jsonrpc2.Handler. It is called for one message at a time.
func (s *server) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	<-s.started
	var params json.RawMessage
	if req.Params != nil {
		params = *req.Params
	}
	if req.Notif {
		if err := s.guard(func() error { return s.notification(req.Method, params) }); err != nil {
			s.log.Printf("%s: %v", req.Method, err)
		}
		return
	}
	s.mu.Lock()
	ready, down := s.initialized, s.down
	snap := s.current
	s.mu.Unlock()
	switch {
	case req.Method == "initialize" && ready, down:
		s.reply(req.ID, nil, &jsonrpc2.Error{Code: protocol.InvalidRequest, Message: "unexpected request " + req.Method})
		return
	case req.Method == "initialize":
		var result any
		err := s.guard(func() (err error) {
			result, err = s.initialize(params)
			return err
		})
		s.reply(req.ID, result, err)
		return
	case !ready:
		s.reply(req.ID, nil, &jsonrpc2.Error{Code: protocol.NotInitialized, Message: "send initialize first"})
		return
	case req.Method == "shutdown":
		s.mu.Lock()
		s.down = true
		s.mu.Unlock()
		s.reply(req.ID, nil, nil)
		return
	}
	handle := requests[req.Method]
	if handle == nil {
		s.reply(req.ID, nil, &jsonrpc2.Error{Code: protocol.MethodNotFound, Message: "unknown method " + req.Method})
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	s.running[req.ID] = cancel
	s.mu.Unlock()
	go func() {
		defer func() {
			s.mu.Lock()
			delete(s.running, req.ID)
			s.mu.Unlock()
			cancel()
		}()
		s.answer(ctx, req.ID, snap, handle, params)
	}()
}

// answer runs a request, and replies at once if it is cancelled. What it computes of the snapshot
// is kept, so the work is not lost.
func (s *server) answer(ctx context.Context, id jsonrpc2.ID, snap *snapshot, handle request, params json.RawMessage) {
	type answered struct {
		result any
		err    error
	}
	done := make(chan answered, 1)
	go func() {
		var a answered
		a.err = s.guard(func() (err error) {
			a.result, err = handle(ctx, snap, params)
			return err
		})
		done <- a
	}()
	select {
	case a := <-done:
		s.reply(id, a.result, a.err)
	case <-ctx.Done():
		s.reply(id, nil, errCancelled)
	}
}

var errCancelled = &jsonrpc2.Error{Code: protocol.RequestCancelled, Message: "the request was cancelled"}

// reply sends a result or an error.
func (s *server) reply(id jsonrpc2.ID, result any, err error) {
	response := &jsonrpc2.Response{ID: id}
	var coded *jsonrpc2.Error
	switch {
	case err == nil:
		err = response.SetResult(result)
	case errors.As(err, &coded):
		response.Error = coded
		err = nil
	default:
		response.Error = &jsonrpc2.Error{Code: protocol.RequestFailed, Message: err.Error()}
		err = nil
	}
	if err == nil {
		err = s.conn.SendResponse(context.Background(), response)
	}
	if err != nil && !errors.Is(err, jsonrpc2.ErrClosed) {
		s.log.Printf("cannot send an answer: %v", err)
	}
}

// guard turns a panic into an error: one request must not end the server.
func (s *server) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Printf("this is a bug in zt; please report it, with the program: %v\n%s", p, debug.Stack())
			err = &jsonrpc2.Error{Code: protocol.InternalError, Message: fmt.Sprintf("this is a bug in zt: %v", p)}
		}
	}()
	return f()
}

// parse reads the parameters of a message.
func parse[T any](params json.RawMessage) (T, error) {
	var value T
	if err := json.Unmarshal(params, &value); err != nil {
		return value, &jsonrpc2.Error{Code: protocol.InvalidParams, Message: err.Error()}
	}
	return value, nil
}

// initialize answers the first request.
func (s *server) initialize(raw json.RawMessage) (any, error) {
	params, err := parse[protocol.InitializeParams](raw)
	if err != nil {
		return nil, err
	}
	folders := params.WorkspaceFolders
	if folders == nil && params.RootURI != nil {
		folders = []protocol.WorkspaceFolder{{URI: *params.RootURI}}
	}
	encoding := protocol.UTF16
	for _, offered := range params.Capabilities.General.PositionEncodings {
		if offered == protocol.UTF8 {
			encoding = offered // zt counts bytes, so this saves work on both sides
		}
	}
	s.mu.Lock()
	s.initialized = true
	s.utf8 = encoding == protocol.UTF8
	s.watches = params.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
	s.current = s.current.next(func(n *snapshot) { n.view = newView(foldersOf(folders)) })
	s.mu.Unlock()
	return protocol.InitializeResult{Capabilities: capabilities(encoding), ServerInfo: protocol.ServerInfo{Name: "zt", Version: s.options.Version}}, nil
}

// capabilities are what the server can do.
func capabilities(encoding string) map[string]any {
	return map[string]any{
		"positionEncoding": encoding,
		"textDocumentSync": map[string]any{"openClose": true, "change": 2, "save": map[string]any{}},
		"completionProvider": map[string]any{
			"triggerCharacters": []string{"/", ":", "=", "!", "{", "\"", "$", ">"},
		},
		"hoverProvider":              true,
		"definitionProvider":         true,
		"referencesProvider":         true,
		"documentHighlightProvider":  true,
		"documentSymbolProvider":     true,
		"workspaceSymbolProvider":    true,
		"documentFormattingProvider": true,
		"foldingRangeProvider":       true,
		"inlayHintProvider":          true,
		"renameProvider":             map[string]any{"prepareProvider": true},
		"codeActionProvider":         map[string]any{"codeActionKinds": []string{protocol.QuickFix, protocol.SourceFixAll}},
		"codeLensProvider":           map[string]any{"resolveProvider": true},
		"semanticTokensProvider":     map[string]any{"legend": map[string]any{"tokenTypes": tokenTypes, "tokenModifiers": tokenModifiers}, "full": true, "range": true},
		"workspace":                  map[string]any{"workspaceFolders": map[string]any{"supported": true, "changeNotifications": true}},
	}
}

// notification handles a message without an answer.
func (s *server) notification(method string, raw json.RawMessage) error {
	switch method {
	case "exit":
		return s.conn.Close()
	case "initialized":
		s.watch()
		s.changes()
	case "textDocument/didOpen":
		params, err := parse[protocol.DidOpen](raw)
		if err != nil {
			return err
		}
		d := params.TextDocument
		s.update(func(n *snapshot) { n.open(newDocument(d.URI, d.Version, d.Text)) })
	case "textDocument/didChange":
		params, err := parse[protocol.DidChange](raw)
		if err != nil {
			return err
		}
		return s.edit(params)
	case "textDocument/didClose":
		params, err := parse[protocol.DocumentParams](raw)
		if err != nil {
			return err
		}
		s.update(func(n *snapshot) { n.close(params.TextDocument.URI) })
	case "textDocument/didSave", "workspace/didChangeWatchedFiles":
		s.evidence.forget()
		s.update(func(n *snapshot) { n.view = newView(n.view.roots) })
	case "workspace/didChangeWorkspaceFolders":
		params, err := parse[protocol.DidChangeWorkspaceFolders](raw)
		if err != nil {
			return err
		}
		s.update(func(n *snapshot) {
			n.view = newView(changedFolders(n.view.roots, params.Event.Added, params.Event.Removed))
		})
	case "$/cancelRequest":
		return s.cancel(raw)
	}
	return nil
}

// edit applies the changes of a document.
func (s *server) edit(params protocol.DidChange) error {
	s.mu.Lock()
	old := s.current.documents[params.TextDocument.URI]
	s.mu.Unlock()
	if old == nil {
		return fmt.Errorf("%s is not open", params.TextDocument.URI)
	}
	text := old.text
	for _, c := range params.ContentChanges {
		if c.Range == nil {
			text = c.Text
			continue
		}
		m := newMapper(text, s.utf8)
		start, end := m.offset(c.Range.Start), m.offset(c.Range.End)
		if start > end {
			start, end = end, start
		}
		text = text[:start] + c.Text + text[end:]
	}
	d := newDocument(old.uri, params.TextDocument.Version, text)
	s.update(func(n *snapshot) { n.open(d) })
	return nil
}

// cancel ends a request.
func (s *server) cancel(raw json.RawMessage) error {
	params, err := parse[protocol.CancelParams](raw)
	if err != nil {
		return err
	}
	var id jsonrpc2.ID
	if err := json.Unmarshal(params.ID, &id); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.running[id]; cancel != nil {
		cancel()
	}
	return nil
}

// update makes a new snapshot current.
func (s *server) update(change func(*snapshot)) {
	s.mu.Lock()
	s.current = s.current.next(change)
	s.mu.Unlock()
	s.changes()
}

// changes wakes the publisher.
func (s *server) changes() {
	select {
	case s.changed <- struct{}{}:
	default: // it will see the newest snapshot
	}
}

// watch asks the client to report files that change on disk.
func (s *server) watch() {
	if !s.watches {
		return
	}
	type watcher struct {
		GlobPattern string `json:"globPattern"`
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err := s.conn.Call(ctx, "client/registerCapability", protocol.RegistrationParams{Registrations: []protocol.Registration{{
			ID: "files", Method: "workspace/didChangeWatchedFiles",
			RegisterOptions: map[string]any{"watchers": []watcher{{"**/*.zt"}, {"**/*.yaml"}, {"**/*.yml"}, {"**/*.json"}}},
		}}}, nil)
		if err != nil && !errors.Is(err, jsonrpc2.ErrClosed) {
			s.log.Printf("the client does not watch files: %v", err)
		}
	}()
}

// request answers one kind of request.
type request func(ctx context.Context, s *snapshot, params json.RawMessage) (any, error)

// on returns a request with parameters of one type, about the compiled programs.
func on[P any](f func(s *snapshot, params P) (any, error)) request {
	return func(ctx context.Context, s *snapshot, raw json.RawMessage) (any, error) {
		params, err := parse[P](raw)
		if err == nil {
			err = s.compile(ctx)
		}
		if err != nil {
			return nil, err
		}
		return f(s, params)
	}
}

// onText is on for what needs the text of a document only, and no program.
func onText[P any](f func(s *snapshot, params P) (any, error)) request {
	return func(_ context.Context, s *snapshot, raw json.RawMessage) (any, error) {
		params, err := parse[P](raw)
		if err != nil {
			return nil, err
		}
		return f(s, params)
	}
}

// requests are the requests that the server answers, by method.
var requests = map[string]request{
	"textDocument/hover":                on(hover),
	"textDocument/definition":           on(definition),
	"textDocument/references":           on(references),
	"textDocument/documentHighlight":    on(highlight),
	"textDocument/prepareRename":        on(prepareRename),
	"textDocument/rename":               on(rename),
	"textDocument/completion":           on(complete),
	"textDocument/documentSymbol":       onText(documentSymbols),
	"workspace/symbol":                  on(workspaceSymbols),
	"textDocument/formatting":           onText(formatting),
	"textDocument/foldingRange":         onText(folding),
	"textDocument/semanticTokens/full":  on(semanticTokens),
	"textDocument/semanticTokens/range": on(semanticTokensRange),
	"textDocument/inlayHint":            on(inlayHints),
	"textDocument/codeLens":             on(codeLenses),
	"codeLens/resolve":                  on(resolveLens),
	"textDocument/codeAction":           on(codeActions),
}
