// Package semantics holds no code but tests: it holds what the compiler emits
// against what the language says, on random programs.
//
// A program is drawn as a model (model_test.go, generate_*_test.go), written as
// text in one of its many spellings (print_test.go), compiled, and the emitted bytes are
// judged by a naive evaluator written from the API documentation (evaluate_test.go). What they must
// permit is computed from the model by the words of the language's definition
// (meaning_test.go). Neither side sees a package of the compiler.
package semantics

import "net/netip"

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
type network struct{ pods, services, nodes []netip.Prefix }

// block is what stands at the top, in an environment's braces, or in a
// namespace's: only spaces have labels, and none has spaces.
type block struct {
	spaces    []*space
	tiers     []*tier
	externals []*external
	labels    []label
	edges     []*edge
	denies    []*deny
}

// environment is one environment statement.
type environment struct {
	names []string
	by    string // "" where it does not say
	body  *block // nil without braces
}

// space is one block of a namespace. Its name may contain $environment.
type space struct {
	name     string
	isolates string // "", "ingress", "egress", "nothing"
	doc      string
	body     block
}

type label struct{ key, value string }

// tier is one tier statement.
type tier struct {
	names    []string
	by       string // the key of the `by` form, which may have several names
	selector []requirement
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
	listens []portSpec
}

type addressBlock struct {
	cidr   netip.Prefix
	except []netip.Prefix
}

// refKind tells what an endpoint refers to.
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
	allRef
)

// ref is an endpoint. It is comparable.
type ref struct {
	kind        refKind
	space, name string // of a tierRef; space may contain $environment
	external    *external
	cidr        netip.Prefix
}

// edge is one edge statement: each of from to each of to.
type edge struct {
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

// scope is where a statement stands: within which environment statement, and
// in a namespace of which name (as written), if any.
type scope struct {
	env   *environment
	space string
}
