package grammar

import (
	"testing"

	"github.com/zt-lang/zt/grammar/ast"
)

func TestParseQuestion(t *testing.T) {
	for text, want := range map[string]string{
		"a":                     "a",
		" a -> n/b ":            "a -> n/b",
		"a->b:80":               "a -> b : 80",
		"a -> b :http, 53/udp":  "a -> b : http 53/udp",
		"n/{} -> n/*":           "n/{} -> n/*",
		"n/{a=b, c=} -> ::1 :1": "n/{a=b, c=} -> ::1 : 1",
		"10.0.0.5 -> n/Pod/x.y": "10.0.0.5 -> n/Pod/x.y",
		"10.0.0.0/8 except (10.1.0.0/16, 10.2.0.0/16) -> ::/0 except ::1/128:1": "10.0.0.0/8 except (10.1.0.0/16, 10.2.0.0/16) -> ::/0 except ::1/128 : 1",
		"a -> ::/0 except":          `expected an address block after "except", found the end of the question`,
		"a -> ::/0 except (::1/128": `this "(" is not closed`,
		"except -> except":          "except -> except",
		"n/{a=b}:80-81":             `expected the end of the question, found ":"`,
		"a -> b -> c":               `expected the end of the question, found "->"`,
		"a <-> b":                   `expected the end of the question, found "<->"`,
		"a, b -> c":                 `expected the end of the question, found ","`,
		"a -> ":                     "expected an endpoint, found the end of the question",
		"":                          "expected an endpoint, found the end of the question",
		"a -> b\nc -> d":            "expected the end of the question, found the end of the line",
		"a/{b=c} -> d{e=f}":         `"d{e=f}" is not an endpoint`,
		"a -> b/c/d/e":              `"b/c/d/e" is not an endpoint`,
		"a -> /b":                   `unexpected "/"`,
		"n/{a=b -> c":               `this "{" is not closed`,
		"a -> b :http=80":           "an edge cannot give a port a name",
		"a -> b :":                  "expected a port after ':', found the end of the question",
	} {
		q, diags := ParseQuestion(text)
		if (q == nil) != (len(diags) > 0) {
			t.Errorf("%q: the question is %v, and the diagnostics are %v", text, q, diags)
			continue
		}
		got := ""
		switch {
		case q == nil:
			got = diags[0].Message
		case q.To == nil:
			got = q.From.Name.Text
		default:
			got = q.From.At.Text() + " -> " + q.To.At.Text()
			if q.Ports != nil {
				got += " :"
				for _, p := range q.Ports.List {
					got += " " + p.At.Text()
				}
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestAsked(t *testing.T) {
	q, _ := ParseQuestion("n/{a=b, c} -> n/Pod/x")
	if q == nil || q.From.Namespace.Text != "n" || len(q.From.Labels.Requirements) != 2 || q.From.Kind != ast.Qualified {
		t.Errorf("the source is %+v", q)
	}
	if to := q.To; to.Namespace.Text != "n" || to.Workload.Text != "Pod" || to.Name.Text != "x" {
		t.Errorf("the destination is %+v", to)
	}
	if q, _ := ParseQuestion("10.0.0.1:80"); q != nil {
		t.Errorf("a party has ports: %+v", q)
	}
}
