package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// namespace is a declared namespace while its blocks are being gathered.
type namespace struct {
	*topology.Namespace
	scope    *scope
	isolates *ast.Word            // the first block that says, or nil
	disputed bool                 // another block says something else, so that nothing follows
	labels   map[string]labelling // what blocks state, by key
	in       []*environment       // the environments in whose blocks it stands
	docs     [][]string           // the comments above its blocks
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
		if !r.take(&r.taken.declared, 1, maxDeclared, "namespaces, tiers and externals", at.At) {
			return nil
		}
		n = &namespace{
			Namespace: &topology.Namespace{Name: name, Span: at.At, Prelude: r.prelude},
			scope:     newScope(),
			labels:    map[string]labelling{topology.NameLabel: {name, at.At}},
		}
		r.namespaces[name] = n
	}
	if c.environment != nil && !r.join(n, c.environment, at) {
		return nil
	}
	return n
}

// join notes that a namespace stands in the block of an environment, or
// reports why it cannot.
func (r *resolver) join(n *namespace, e *environment, at ast.Word) bool {
	if slices.Contains(n.in, e) {
		return true
	}
	for _, other := range n.in {
		// Groupings by different keys cross each other; two values of
		// one key, or two plain sets, would melt into one namespace.
		if other.Key == e.Key {
			help := fmt.Sprintf("write $environment into its name (%s-$environment)", n.Name)
			if !strings.HasPrefix(at.Text, n.Name) { // a tier that stands in no namespace's block
				help = "put the tier into a namespace of each environment (`namespace NAME-$environment { ... }`)"
			}
			r.report(diag.New(diag.StampedTwice, at.At, "namespace %s would be in two environments, %s and %s", n.Name, other.Name, e.Name).
				WithRelated(n.Span, "%s is declared here", n.Name).
				WithHelp("%s, or build one environment at a time with --environment", help))
			return false
		}
	}
	n.in = append(n.in, e)
	if e.Key != "" {
		r.label(n, e.Key, e.Name, e.keyAt)
	}
	return true
}

func (r *resolver) declareNamespace(s *ast.Namespace, c context) {
	name := r.word(s.Name, c)
	r.checkName("a namespace", s.Name, name)
	n := r.open(name, s.Name, c)
	if n == nil {
		return
	}
	n.docs = append(n.docs, docs(s))
	if s.Isolates != nil {
		r.isolate(n, s.Isolates)
	}
	if s.Body != nil {
		r.declare(s.Body.Statements, context{environment: c.environment, namespace: n})
	}
}

// isolate notes what a block says of the isolated directions.
func (r *resolver) isolate(n *namespace, says *ast.Word) {
	switch {
	case n.isolates == nil:
		n.isolates = says
	case r.prelude: // the program has spoken
	case n.isolates.Text != says.Text:
		n.disputed = true
		r.report(diag.New(diag.IsolatesDisagree, says.At, "namespace %s isolates %s here and %s elsewhere", n.Name, says.Text, n.isolates.Text).
			WithRelated(n.isolates.At, "the other block says %s", n.isolates.Text).
			WithHelp("blocks of a namespace that say what it isolates must agree; leave it out of all but one"))
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
	d := diag.New(diag.LabelsDisagree, at, "namespace %s would carry %s=%s and %s=%s", n.Name, key, old.value, key, value)
	if key == topology.NameLabel {
		r.report(d.WithHelp("Kubernetes sets %s to the namespace's name; it cannot be another", key))
		return
	}
	r.report(d.WithRelated(old.at, "%s=%s comes from here", key, old.value).
		WithHelp("a label has one value; remove one of the two"))
}

// settleNamespaces decides each namespace's labels and directions.
func (r *resolver) settleNamespaces() {
	for _, n := range r.namespaces {
		n.Labels = make(map[string]string, len(n.labels))
		for key, l := range n.labels {
			n.Labels[key] = l.value
		}
		// Which block stands first says nothing, so neither may the order
		// of what is said above them.
		slices.SortFunc(n.docs, slices.Compare)
		n.Doc = slices.Concat(n.docs...)
		n.Ingress, n.Egress = true, true
		if n.isolates != nil && !n.disputed {
			n.Ingress = n.isolates.Text == "ingress"
			n.Egress = n.isolates.Text == "egress"
			n.IsolatesAt = n.isolates.At
		}
		n.Ingress = n.Ingress && r.options.Stage != topology.StageEgress
		n.Egress = n.Egress && r.options.Stage != topology.StageIngress
	}
	r.settleMembers()
}

// checkKey reports a bad label key.
func (r *resolver) checkKey(key ast.Word) bool {
	if problems := r.labelKeys.problems(key.Text); len(problems) > 0 {
		r.report(diag.New(diag.BadLabelKey, key.At, "%q cannot be a label's key", key.Text).
			WithHelp("a key is at most 63 letters, digits, '-', '_' and '.', and begins and ends with a letter or digit; a DNS name and '/' may stand before it, as in example.com/role"))
		return false
	}
	return true
}

// checkValue reports a bad label value.
func (r *resolver) checkValue(w ast.Word, value string) bool {
	if problems := r.labelValues.problems(value); len(problems) > 0 {
		r.report(diag.New(diag.BadLabelValue, w.At, "%q cannot be a label's value", value).
			WithHelp("a value is at most 63 letters, digits, '-', '_' and '.', and begins and ends with a letter or digit"))
		return false
	}
	return true
}
