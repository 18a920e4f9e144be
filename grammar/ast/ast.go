// Package ast declares the syntax tree of a .zt file.
//
// The tree says what is written and where, not what it means: names are not
// resolved, numbers and addresses are text, and a tree that holds errors is
// still a tree. Every node knows its span. Comments stand in File.Comments in
// the order of the text; the ones directly above a statement are also its Doc.
package ast

import "github.com/zt-lang/zt/grammar/source"

// Node is anything that stands somewhere in a file.
type Node interface{ Span() source.Span }

// Range is embedded in nodes and gives them their span.
type Range struct{ At source.Span }

// Span returns the text that the node was read from.
func (r Range) Span() source.Span { return r.At }

// File is a parsed file: the statements that could be read, in order, and all
// comments.
type File struct {
	Source     *source.File
	Statements []Statement
	Comments   []Comment
	// Tokens is how many words, marks and comments the file has.
	Tokens int
	// Broken is set where the text has syntax errors: the statements
	// around them are here, the ones in error are not.
	Broken bool
	// Lost is the names that statements in error would have declared: what
	// speaks of them is no mistake of its own.
	Lost map[string]bool
	// MissingImport is set by whoever follows the imports, where one could
	// not be read: it may have declared any name.
	MissingImport bool
}

// Partial reports whether declarations that the file means to have are not in the tree.
func (f *File) Partial() bool { return f.Broken || f.MissingImport || len(f.Lost) > 0 }

// Comment is one comment, from its '#' to the end of its line (not included).
type Comment struct{ Range }

// Text returns what the comment says, without '#' and surrounding blanks.
func (c Comment) Text() string { return trimComment(c.At.Text()) }

// Statement is one of the statements below.
type Statement interface {
	Node
	// Docs returns the comment lines directly above the statement.
	Docs() []Comment
}

// Head is embedded in every statement.
type Head struct {
	Range
	Doc []Comment
}

// Docs returns the comment lines directly above the statement.
func (h *Head) Docs() []Comment { return h.Doc }

// Word is one word of the text: a name, key, value, number, CIDR or keyword.
// In the block of an environment it may contain "$environment".
type Word struct {
	Range
	Text string
}

// Block is the statements between a pair of braces.
type Block struct {
	Range      // from '{' to '}', both included
	Statements []Statement
}

// Import is `import "PATH"`.
type Import struct {
	Head
	Path Word // Text is without the quotes, At with them
}

// Namespace is `namespace NAME [isolates ...] [{ ... }]`.
type Namespace struct {
	Head
	Name     Word
	Isolates *Word  // "ingress", "egress", "nothing"; nil where it says nothing
	Body     *Block // nil without a block
}

// Labels is `labels KEY=VALUE, ...`, the labels of the surrounding namespace.
type Labels struct {
	Head
	Items []Label
}

// Label is KEY=VALUE.
type Label struct {
	Range
	Key, Value Word
}

// Tier is `tier NAME { selector }` or `tier NAME, ... by KEY [{ selector }]`,
// each with the ports it listens on, if it says so.
type Tier struct {
	Head
	Names    []Word
	By       *Word     // the key of the `by` form, or nil
	Selector *Selector // nil where no braces are written
	Listens  *Ports
}

// Selector is the requirements between a pair of braces, all of which must hold.
type Selector struct {
	Range
	Requirements []Requirement
}

// Operator is the way in which a requirement compares.
type Operator int

// The operators of a label selector, as `kubectl -l` writes them.
const (
	Equals    Operator = iota // KEY=VALUE, KEY==VALUE
	NotEquals                 // KEY!=VALUE
	In                        // KEY in (...)
	NotIn                     // KEY notin (...)
	Exists                    // KEY
	NotExists                 // !KEY
)

// Requirement is one condition on a pod's labels.
type Requirement struct {
	Range
	Key    Word
	Op     Operator
	Values []Word // one for Equals and NotEquals, any number for In and NotIn
}

// Ports is `:PORT, PORT, ...` as a tier listens on them or an edge names them.
type Ports struct {
	Range // from ':' on
	List  []Port
}

// Port is one port in any of its forms:
//
//	any          Any
//	http         Name                (a port that the destination declares)
//	http/tcp     Name, Protocol      (a container's named port)
//	80, 80/tcp   Low [Protocol]
//	80-90/udp    Low, High, Protocol
//	http=80/tcp  Name, Low, Protocol (where a tier or external declares it)
type Port struct {
	Range
	Any                       bool
	Name, Low, High, Protocol *Word // nil where not written
}

// External is `external NAME { address, ... }` and its ports.
type External struct {
	Head
	Name      Word
	Open      source.Span // '{'
	Addresses []Address
	Close     source.Span // '}'
	Listens   *Ports
}

// Address is a CIDR with the blocks it leaves out, or `host FQDN`.
type Address struct {
	Range
	CIDR   *Word
	Except []Word
	Host   *Word
}

// Environment is `environment NAME, ... [by KEY] [{ ... }]`.
type Environment struct {
	Head
	Names []Word
	By    *Word
	Body  *Block
}

// Network is `network { ... }`.
type Network struct {
	Head
	Open  source.Span
	Items []NetworkItem
	Close source.Span
}

// NetworkItem is `pods CIDR, ...`, or with `services` or `nodes`.
type NetworkItem struct {
	Range
	Kind  Word
	CIDRs []Word
}

// EndpointKind tells the forms of an endpoint apart.
type EndpointKind int

// The forms of an endpoint.
const (
	Bare      EndpointKind = iota // NAME, a tier's or any other; also internet, cluster, all, nodes, $environment
	Qualified                     // NAMESPACE/NAME
	EveryPod                      // NAMESPACE/*
	CIDR                          // an address block
)

// Endpoint is one party of an edge, deny, isolate or dns statement.
type Endpoint struct {
	Range
	Kind      EndpointKind
	Namespace *Word // for Qualified and EveryPod
	Name      Word  // the name or CIDR; "*" for EveryPod
}

// Link is `endpoints -> endpoints [:ports]`, which edges and denies share.
type Link struct {
	From  []Endpoint
	Arrow source.Span
	Both  bool // <->
	To    []Endpoint
	Ports *Ports
}

// Edge permits.
type Edge struct {
	Head
	Link
}

// Deny forbids, with Path also every chain.
type Deny struct {
	Head
	Path bool
	Link
}

// Isolate is `isolate a, b, ...`: deny both ways between each pair.
type Isolate struct {
	Head
	Parties []Endpoint
}

// DNS is `dns off` or `dns endpoints [:ports]`.
type DNS struct {
	Head
	Off       bool
	Resolvers []Endpoint
	Ports     *Ports
}
