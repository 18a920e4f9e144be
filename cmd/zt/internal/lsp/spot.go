package lsp

import (
	"slices"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/source"
)

// spot is a place in a text where something is written. It is found from the tokens before it, so
// the text may have errors.
type spot struct {
	before        []grammar.Token // of the statement, without the word being written; inside braces, line ends too
	written       string          // the word being written, up to the spot
	start, end    int             // that word
	block         string          // the keyword of the block around the spot: namespace or environment, or ""
	namespace     string          // the namespace around the spot, or ""
	inEnvironment bool            // an environment is around it
	inItems       bool            // it is in the braces of a statement that are not a block
	quoted        bool            // it is in a string
	nowhere       bool            // it is in a comment
}

// frame is a pair of braces around a spot.
type frame struct {
	keyword, name string
	items         bool
}

// spotAt returns the spot at an offset.
func spotAt(file *source.File, offset int) spot {
	s := spot{start: offset, end: offset}
	var open []frame
	for _, tok := range grammar.Tokens(file) {
		if tok.Span.Start >= offset {
			break
		}
		text := tok.Text()
		switch touching := offset <= tok.Span.End; {
		case tok.Kind == grammar.CommentToken:
			s.nowhere = touching
			continue
		case tok.Kind == grammar.StringToken && touching && (offset < tok.Span.End || text[len(text)-1] != '"' || len(text) == 1):
			s.quoted = true
			s.start, s.written = tok.Span.Start+1, file.Text[tok.Span.Start+1:offset]
			continue
		case touching && (tok.Kind == grammar.WordToken || tok.Kind == grammar.IllegalToken):
			s.start, s.written = tok.Span.Start, file.Text[tok.Span.Start:offset]
			continue
		}
		inItems := len(open) > 0 && open[len(open)-1].items
		switch {
		case tok.Kind == grammar.NewlineToken && inItems:
			s.before = append(s.before, tok)
		case tok.Kind == grammar.NewlineToken, tok.IsMark(";") && !inItems:
			s.before = nil
		case tok.IsMark("{"):
			f := frame{keyword: s.first(), items: true}
			if _, block := grammar.Statements(f.keyword); f.keyword != "" && block && s.last(0) != "by" {
				f.items = false
				f.name = s.before[min(1, len(s.before)-1)].Text()
			}
			if open = append(open, f); f.items {
				s.before = append(s.before, tok)
			} else {
				s.before = nil
			}
		case tok.IsMark("}") && len(open) > 0:
			if open = open[:len(open)-1]; inItems {
				s.before = append(s.before, tok)
			} else {
				s.before = nil
			}
		default:
			s.before = append(s.before, tok)
		}
	}
	for _, f := range open {
		s.inItems = f.items
		if !f.items {
			s.block = f.keyword
			s.inEnvironment = s.inEnvironment || f.keyword == "environment"
		}
		if f.keyword == "namespace" {
			s.namespace = f.name
		}
	}
	return s
}

// first returns the first word of the statement, or "".
func (s *spot) first() string {
	if len(s.before) == 0 {
		return ""
	}
	return s.before[0].Text()
}

// last returns a token of the statement, counted from its end, or "". A line end is "\n".
func (s *spot) last(n int) string {
	if n >= len(s.before) {
		return ""
	}
	return s.before[len(s.before)-1-n].Text()
}

// listKey returns the key whose list of values, KEY in (...), the spot is in, or "".
func (s *spot) listKey() string {
	for i := len(s.before) - 1; i >= 2; i-- {
		switch s.before[i].Text() {
		case ")", "{", "}":
			return ""
		case "(":
			return s.before[i-2].Text()
		}
	}
	return ""
}

// afterColon reports whether ports are written.
func (s *spot) afterColon() bool {
	return slices.ContainsFunc(s.before, func(t grammar.Token) bool { return t.IsMark(":") })
}

// destinations returns the endpoints on the right of the arrow, of <-> those on both sides, and of
// dns its resolvers.
func (s *spot) destinations() []string {
	var out []string
	right := s.first() == "dns"
	both := slices.ContainsFunc(s.before, func(t grammar.Token) bool { return t.IsMark("<->") })
	for _, t := range s.before {
		switch {
		case t.IsMark("->"), t.IsMark("<->"):
			right = true
		case t.IsMark(":"):
			return out
		case t.Kind == grammar.WordToken && (right || both):
			out = append(out, t.Text())
		}
	}
	return out
}
