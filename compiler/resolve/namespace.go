package resolve

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// namespace is a declared namespace while its blocks are being gathered.
type namespace struct {
	*topology.Namespace
	scope    *scope
	isolates *ast.Word            // the first block's word, or nil
	disputed bool                 // another block has another word, so neither applies
	labels   map[string]labelling // what blocks state, by key
	in       []membership         // the environments whose blocks declare it
	docs     [][]string           // the comments above its blocks
}

// membership is an environment whose block declares a namespace, first at a place.
type membership struct {
	*environment
	at source.Span
}

type labelling struct {
	value string
	at    source.Span
}

// open returns the namespace of that name, declaring it where it is new; nil
// where it cannot be in the environment of this block, which has been reported.
func (r *resolver) open(name string, at ast.Word, c context) *namespace {
	n := r.namespaces[name]
	if n == nil {
		if !r.admit(&r.used.declared, 1, maxDeclared, "namespaces, tiers and externals", at.At) {
			return nil
		}
		n = &namespace{
			Namespace: &topology.Namespace{Name: name, Span: at.At, Prelude: r.prelude},
			scope:     newScope(),
			labels:    map[string]labelling{topology.NameLabel: {name, at.At}},
		}
		n.Endpoint = &topology.Endpoint{Kind: topology.NamespacePods, Namespace: n.Namespace, Name: name + "/*"}
		r.namespaces[name] = n
	}
	if c.environment != nil && !r.join(n, c.environment, at) {
		return nil
	}
	return n
}

// join records that an environment's block declares a namespace, or reports why it must not.
func (r *resolver) join(n *namespace, e *environment, at ast.Word) bool {
	if slices.ContainsFunc(n.in, func(m membership) bool { return m.environment == e }) {
		return true
	}
	for _, other := range n.in {
		if !crossing(other.Selector, e.Selector) {
			if strings.Contains(n.Name, "$") {
				return false // the name is wrong, which has been reported
			}
			help := fmt.Sprintf("use $environment in its name (%s-$environment)", n.Name)
			if !strings.HasPrefix(at.Text, n.Name) { // a tier in no namespace's block
				help = "put the tier in `namespace NAME-$environment { ... }`"
			}
			r.report(diag.New(diag.StampedTwice, at.At, "namespace %s is in two environments, %s and %s", n.Name, other.Name, e.Name).
				WithRelated(n.Span, "%s is declared here", n.Name).
				WithHelp("%s, or build with --environment", help))
			return false
		}
	}
	n.in = append(n.in, membership{e, at.At})
	for _, k := range e.Selector.Keys() {
		if value, ok := pinned(k); ok {
			r.label(n, k.Key, value, e.byAt)
		}
	}
	return true
}

// crossing reports whether a namespace may be declared in the blocks of two environments: if they use
// different labels, or one is a part of the other.
func crossing(a, b relation.Selector) bool {
	return !a.Mentions(b) || !b.Mentions(a) || a.Implies(b) != b.Implies(a)
}

func (r *resolver) declareNamespace(s *ast.Namespace, c context) {
	name := r.word(s.Name, c)
	r.checkName(namespaceName, s.Name, name)
	n := r.open(name, s.Name, c)
	if n == nil {
		return
	}
	r.options.Info.define(s.Name.At, n.Namespace)
	n.docs = append(n.docs, docs(s))
	if s.Isolates != nil {
		word := *s.Isolates
		if s.Direction != nil {
			word.Text += " " + s.Direction.Text
			word.At = word.At.To(s.Direction.At)
		}
		r.isolate(n, &word)
	}
	if s.Body != nil {
		r.declare(s.Body.Statements, context{environment: c.environment, namespace: n})
	}
}

// isolate records the isolated directions of a block.
func (r *resolver) isolate(n *namespace, word *ast.Word) {
	switch {
	case n.isolates == nil:
		n.isolates = word
	case r.prelude: // the program's own statement counts
	case n.isolates.Text != word.Text:
		n.disputed = true
		r.report(diag.New(diag.IsolatesDisagree, word.At, "namespace %s isolates %s here, but %s in another block", n.Name, word.Text, n.isolates.Text).
			WithRelated(n.isolates.At, "the other block isolates %s", n.isolates.Text).
			WithHelp("write `isolates` in only one block of the namespace"))
	}
}

func (r *resolver) declareLabels(s *ast.Labels, c context) {
	for _, l := range s.Items {
		key, value := l.Key.Text, r.word(l.Value, c)
		if r.checkKey(l.Key) && r.checkValue(l.Value, value) {
			r.label(c.namespace, key, value, l.At)
		}
	}
}

// label notes that a namespace carries a label.
func (r *resolver) label(n *namespace, key, value string, at source.Span) {
	old, ok := n.labels[key]
	if !ok {
		n.labels[key] = labelling{value, at}
		return
	}
	if old.value == value {
		return
	}
	d := diag.New(diag.LabelsDisagree, at, "namespace %s has two values for label %s: %q and %q", n.Name, key, old.value, value)
	if key == topology.NameLabel {
		r.report(d.WithHelp("Kubernetes sets %s to the namespace's name; remove this label", key))
		return
	}
	r.report(d.WithRelated(old.at, "%s=%s is set here", key, old.value).
		WithHelp("remove one of the two"))
}

// settleNamespaces decides each namespace's labels and directions.
func (r *resolver) settleNamespaces() {
	for _, n := range r.namespaces {
		n.Labels = make(map[string]string, len(n.labels))
		for key, l := range n.labels {
			n.Labels[key] = l.value
		}
		// The order of blocks has no meaning, so the comments above them are sorted.
		slices.SortFunc(n.docs, slices.Compare)
		n.Doc = slices.Concat(n.docs...)
		n.Ingress, n.Egress = true, true
		if n.isolates != nil && !n.disputed {
			n.Ingress = n.isolates.Text == "ingress"
			n.Egress = n.isolates.Text == "egress"
			n.IsolatesAt = n.isolates.At
		}
		for _, t := range n.Tiers {
			r.settleTier(n, t)
		}
	}
	r.settleMembers()
}

// settleTier decides the directions in which a tier isolates its pods. A tier of the prelude is only a
// peer.
func (r *resolver) settleTier(n *namespace, t *topology.Tier) {
	if n.disputed {
		return
	}
	if t.IsolatesAt.IsZero() {
		if n.isolates != nil && !t.Prelude {
			direction, tiers := strings.CutPrefix(n.isolates.Text, "tiers")
			t.Ingress, t.Egress = tiers && direction != " egress", tiers && direction != " ingress"
		}
		return
	}
	adds := t.Ingress && !n.Ingress || t.Egress && !n.Egress
	if lacks := n.Ingress && !t.Ingress || n.Egress && !t.Egress; !lacks || adds {
		return
	}
	at, pods := n.Span, "ingress and egress"
	switch {
	case !n.Egress:
		pods = "ingress"
	case !n.Ingress:
		pods = "egress"
	}
	if !n.IsolatesAt.IsZero() {
		at = n.IsolatesAt
	}
	r.report(diag.New(diag.IsolatesLess, t.IsolatesAt, "tier %s isolates less than its namespace, which isolates every pod for %s", t.Name, pods).
		WithRelated(at, "namespace %s isolates all of its pods", n.Name).
		WithHelp("policies only add: remove it, or write `namespace %s isolates tiers`", n.Name))
}

// checkKey reports a bad label key.
func (r *resolver) checkKey(key ast.Word) bool {
	return r.valid(validation.IsQualifiedName, diag.BadLabelKey, key, key.Text, "label key",
		"use up to 63 letters, digits, '-', '_' and '.', as in app or example.com/role")
}

// checkValue reports a bad label value.
func (r *resolver) checkValue(w ast.Word, value string) bool {
	return r.valid(validation.IsValidLabelValue, diag.BadLabelValue, w, value, labelValue,
		"use up to 63 letters, digits, '-', '_', '.', with a letter or digit at each end")
}
