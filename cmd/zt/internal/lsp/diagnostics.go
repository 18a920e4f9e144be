package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// pages is where the pages of codes are.
const pages = "https://github.com/zt-lang/zt/blob/main/grammar/diag/pages/"

// patience is how long the diagnostics of a program wait for those of its manifests and of the
// proof. If these take longer, they follow when nothing has changed for the time of pause.
const (
	patience = 20 * time.Millisecond
	pause    = 150 * time.Millisecond
)

// publishing publishes the diagnostics of each snapshot that is current for long enough.
func (s *server) publishing(ctx context.Context) {
	p := &publisher{server: s, last: map[string]string{}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		}
		s.mu.Lock()
		snap := s.current
		s.mu.Unlock()
		if err := s.guard(func() error { return p.publish(ctx, snap) }); err != nil && !errors.Is(err, jsonrpc2.ErrClosed) {
			s.log.Printf("diagnostics: %v", err)
		}
	}
}

// publisher remembers what the client has.
type publisher struct {
	*server
	last   map[string]string // by URI
	failed string            // the last error that the user was shown
	slow   bool              // the last program took longer than patience beyond compiling
}

// checked is the outcome of all checks.
type checked struct {
	diags diag.List
	err   error
	took  time.Duration
}

// publish publishes the diagnostics of a snapshot. What is slow follows, unless there is a change
// before.
func (p *publisher) publish(ctx context.Context, s *snapshot) error {
	if err := s.compile(ctx); err != nil {
		return err
	}
	if quick := s.quick(); p.slow && !slices.ContainsFunc(quick, func(d diag.Diagnostic) bool { return d.Code == diag.StampedTwice }) {
		if err := p.send(ctx, s, quick); err != nil || p.interrupted(time.After(pause)) {
			return err
		}
	}
	done := make(chan checked, 1)
	go func() {
		s.checking.Lock() // one at a time: the one before may still be at work for nothing
		defer s.checking.Unlock()
		begin := time.Now()
		diags, err := s.full()
		done <- checked{diags, err, time.Since(begin)}
	}()
	var change <-chan struct{}
	if p.slow {
		change = p.changed
	}
	select {
	case <-change:
		p.changes() // for the loop
		return nil
	case c := <-done:
		p.slow = c.took > patience
		p.show(ctx, c.err)
		return p.send(ctx, s, c.diags)
	}
}

// interrupted waits, and reports whether there was a change before the time.
func (p *publisher) interrupted(after <-chan time.Time) bool {
	select {
	case <-p.changed:
		p.changes() // for the loop
		return true
	case <-after:
		return false
	}
}

// show shows an error to the user, once.
func (p *publisher) show(ctx context.Context, err error) {
	message := ""
	if err != nil {
		message = err.Error()
	}
	if message != p.failed && message != "" {
		_ = p.conn.Notify(ctx, "window/showMessage", protocol.Message{Type: protocol.MessageError, Message: "zt: " + message})
	}
	p.failed = message
}

// quick returns what compiling found.
func (s *snapshot) quick() diag.List {
	var all diag.List
	for _, p := range s.programs {
		list := slices.Clone(p.Diagnostics)
		if s.options.Strict {
			list.Strict()
		}
		all = append(all, p.placed(list)...)
	}
	return all
}

// placed puts what has no place in a file at the start of the program's first file.
func (p *program) placed(list diag.List) diag.List {
	for i := range list {
		if isPrelude(list[i].Span) && len(p.Files) > 0 {
			list[i].Span = source.Span{File: p.Files[0].Source}
		}
	}
	return list
}

// full returns all that `zt check` reports.
func (s *snapshot) full() (diag.List, error) {
	var all diag.List
	var inv *inventory.Inventory
	if s.options.Manifests != nil {
		read, diags, err := s.evidence.read(s.options.Manifests)
		if err != nil {
			return s.quick(), err
		}
		all = append(all, diags...)
		if diags.Errors() == 0 {
			inv = read
		}
	}
	var failed error
	for _, p := range s.programs {
		diags, err := p.check(inv)
		failed = errors.Join(failed, err)
		all = append(all, diags...)
	}
	return all, failed
}

// check returns what `zt check` reports of a program.
func (p *program) check(inv *inventory.Inventory) (diag.List, error) {
	if p.err != nil || len(p.inputs) == 0 {
		return nil, p.err
	}
	options := p.snapshot.options.Options
	options.DisplayName = p.snapshot.view.name
	var result emit.Result
	var diags diag.List
	var each []string
	err := p.snapshot.guard(func() (err error) {
		result, diags, each, err = command.Each(p.files, p.inputs, options)
		if err == nil && inv != nil && each == nil && result.Topology != nil {
			more := command.CrossCheck(result.Topology, inv)
			if options.Strict {
				more.Strict()
			}
			diags = append(diags, more...)
		}
		return err
	})
	return p.placed(diags), err
}

// evidence is what the manifests have. It is read again when files change.
type evidence struct {
	mu    sync.Mutex
	ready bool
	inv   *inventory.Inventory
	diags diag.List
	err   error
}

// read reads the manifests, unless they are known.
func (e *evidence) read(read func() (*inventory.Inventory, diag.List, error)) (*inventory.Inventory, diag.List, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ready {
		e.inv, e.diags, e.err = read()
		e.ready = true
	}
	return e.inv, e.diags, e.err
}

// forget makes the next read read the files again.
func (e *evidence) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ready = false
}

// send publishes diagnostics by document. The client hears nothing of a document that is not open
// and for which nothing changed.
func (p *publisher) send(ctx context.Context, s *snapshot, list diag.List) error {
	list.Sort()
	byURI := map[string][]protocol.Diagnostic{}
	for _, d := range s.documents {
		byURI[d.uri] = []protocol.Diagnostic{}
	}
	type key struct {
		uri, code, message string
		at                 protocol.Range
	}
	seen := map[key]bool{} // two programs may have a file
	for _, d := range list {
		if isPrelude(d.Span) {
			continue
		}
		uri, out := s.uri(d.Span.File.Name), s.diagnostic(d)
		if k := (key{uri, out.Code, out.Message, out.Range}); !seen[k] {
			seen[k] = true
			byURI[uri] = append(byURI[uri], out)
		}
	}
	for uri := range p.last {
		if byURI[uri] == nil {
			byURI[uri] = []protocol.Diagnostic{}
		}
	}
	for uri, diags := range byURI {
		message := protocol.PublishDiagnostics{URI: uri, Diagnostics: diags}
		if d := s.documents[uri]; d != nil {
			message.Version = &d.version
		}
		data, err := json.Marshal(message)
		if err != nil {
			return err
		}
		if p.last[uri] == string(data) {
			continue
		}
		if p.last[uri] = string(data); len(diags) == 0 && message.Version == nil {
			delete(p.last, uri)
		}
		if err := p.conn.Notify(ctx, "textDocument/publishDiagnostics", json.RawMessage(data)); err != nil {
			return err
		}
	}
	return nil
}

// diagnostic converts a diagnostic.
func (s *snapshot) diagnostic(d diag.Diagnostic) protocol.Diagnostic {
	out := protocol.Diagnostic{
		Range:           s.spanRange(d.Span),
		Severity:        map[diag.Severity]int{diag.Error: protocol.SeverityError, diag.Warning: protocol.SeverityWarning, diag.Note: protocol.SeverityNote}[d.Severity],
		Code:            string(d.Code),
		CodeDescription: &protocol.CodeDescription{Href: pages + path.Base(string(d.Code)) + ".md"},
		Source:          "zt",
		Message:         d.Message,
	}
	if d.Help != "" {
		out.Message += "\nhelp: " + d.Help
	}
	for _, r := range d.Related {
		if !isPrelude(r.Span) {
			out.RelatedInformation = append(out.RelatedInformation, protocol.RelatedInformation{Location: s.location(r.Span), Message: r.Message})
		}
	}
	if slices.Contains(unnecessary, d.Code) {
		out.Tags = []int{protocol.TagUnnecessary}
	}
	return out
}

// unnecessary are the codes of what editors show faded: it can be removed.
var unnecessary = []diag.Code{diag.Redundant}

// location returns where a span is.
func (s *snapshot) location(at source.Span) protocol.Location {
	return protocol.Location{URI: s.uri(at.File.Name), Range: s.spanRange(at)}
}
