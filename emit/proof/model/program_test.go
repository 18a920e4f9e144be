// Package model holds only tests: an independent model of the language, written from its definition,
// which the compiler is compared with on random programs. README.md says what is modelled.
package model

import (
	"net/netip"
	"slices"
)

// program is a model of a program and of the options it is built with.
type program struct {
	defaultSpace string // the option --namespace; "" for none
	chosen       string // the option --environment; "" for none
	network      network
	top          block
	envs         []*environment
	dns          []*dns // none leaves the prelude's
	dnsOff       bool
}

// network is the facts of the cluster.
type network struct {
	pods, services, nodes, apiserver []addressBlock
	listens                          []portSpec // of the API server
	plugin                           string
	settings                         []string // of the plugin
}

// borders is every block that the facts name.
func (n network) borders() []netip.Prefix {
	var out []netip.Prefix
	for _, b := range slices.Concat(n.pods, n.services, n.nodes, n.apiserver) {
		out = append(append(out, b.cidr), b.except...)
	}
	return out
}

// block holds the statements at the top, in an environment or in a namespace. Only a namespace has
// labels, and it has no spaces.
type block struct {
	spaces    []*space
	tiers     []*tier
	across    []*tier // across namespaces: not in a block of a namespace
	externals []*external
	labels    []label
	edges     []*edge
	denies    []*deny
}

// environment is one environment statement.
type environment struct {
	names []string
	by    string        // "" where it does not say
	value string        // of the label; "" for the environment's name. It may contain $environment
	where []requirement // what follows by between braces, instead of a key
	body  *block        // nil without braces
}

// selector is what namespaces must meet to be in an environment, for one of its names; nil if it does not say.
func (e *environment) selector(name string) []requirement {
	switch {
	case e.where != nil:
		return stampedAll(e.where, name)
	case e.by == "":
		return nil
	case e.value != "":
		return []requirement{{e.by, "=", []string{stamped(e.value, name)}}}
	}
	return []requirement{{e.by, "=", []string{name}}}
}

// stampedAll fills in $environment in requirements.
func stampedAll(selector []requirement, stamp string) []requirement {
	var out []requirement
	for _, r := range selector {
		values := make([]string, len(r.values))
		for i, v := range r.values {
			values[i] = stamped(v, stamp)
		}
		out = append(out, requirement{r.key, r.op, values})
	}
	return out
}

// given is the labels of which a selector requires one value. The name of a namespace is none.
func given(selector []requirement) []label {
	var out []label
	for _, r := range selector {
		if r.op != "=" && r.op != "in" || r.key == nameKey {
			continue
		}
		values := slices.DeleteFunc(slices.Clone(r.values), func(v string) bool {
			return slices.ContainsFunc(selector, func(q requirement) bool { return q.key == r.key && !q.holds(map[string]string{q.key: v}) })
		})
		slices.Sort(values)
		if values = slices.Compact(values); len(values) == 1 {
			out = append(out, label{r.key, values[0]})
		}
	}
	return out
}

// space is one block of a namespace. Its name may contain $environment.
type space struct {
	name     string
	isolates string // "", "ingress", "egress", "nothing", "tiers", "tiers ingress", "tiers egress"
	doc      string
	body     block
}

type label struct{ key, value string }

// tier is one tier statement.
type tier struct {
	names    []string
	by       string // the key of the `by` form, which may have several names
	in       string // of a tier across namespaces: "cluster", or an environment, which may be $environment
	selector []requirement
	isolates string // its own: "", "ingress", "egress", "nothing"
	listens  []portSpec
	doc      string
}

// requirement is one requirement of a selector; op is one of = != in notin
// exists !.
type requirement struct {
	key, op string
	values  []string
}

// portSpec is a port where a tier listens on it or an edge names it. protocol
// is "" where it is not written.
type portSpec struct {
	any       bool
	name      string
	low, high int // 0 for a name alone
	protocol  string
}

// external is one external statement.
type external struct {
	name    string
	blocks  []addressBlock
	hosts   []string // DNS names, and *. and a domain
	listens []portSpec
}

type addressBlock struct {
	cidr   netip.Prefix
	except []netip.Prefix
}

// refKind is the kind of an endpoint.
type refKind int

const (
	tierRef refKind = iota
	spaceRef
	environmentRef // a name
	stampRef       // $environment
	externalRef
	cidrRef
	internetRef
	clusterRef
	nodesRef
	apiserverRef
	acrossRef
	allRef
)

// ref is an endpoint. It is comparable.
type ref struct {
	kind        refKind
	space, name string // of a tierRef; space may contain $environment
	external    *external
	across      *tier // of an acrossRef
	cidr        netip.Prefix
	except      netip.Prefix // the zero prefix for none
}

// block is the addresses of a cidrRef.
func (r ref) block() addressBlock {
	b := addressBlock{cidr: r.cidr}
	if r.except.IsValid() {
		b.except = []netip.Prefix{r.except}
	}
	return b
}

// edge is one edge statement: each of from to each of to.
type edge struct {
	side     string // "", "ingress" or "egress"
	from, to []ref
	both     bool
	ports    []portSpec // nil where none are written
	doc      string
}

// deny is one deny statement, or with isolate set an isolate of from.
type deny struct {
	path, isolate bool
	edge
}

// dns is one dns statement.
type dns struct {
	to    []ref
	ports []portSpec
}

// scope is the place of a statement: its environment statement, and the name of its namespace as
// written, if any.
type scope struct {
	env   *environment
	space string
}
