// Package ast declares the syntax tree of a .zt file.
//
// The tree has what is written and where, not what it means: names are not resolved, and numbers
// and addresses are text. Every node has its span. File.Comments has all comments in the order of
// the text; those directly above a statement are also its Doc.
//
// A program can also build a tree, with zero spans, and print it with package format.
package ast

import "github.com/zt-lang/zt/grammar/source"

// Node is a part of a tree.
type Node interface{ Span() source.Span }

// Range is embedded in nodes and gives them their span.
type Range struct{ At source.Span }

// Span returns where the node is; the zero span if the node was built.
func (r Range) Span() source.Span { return r.At }

// File is a parsed file: its statements without syntax errors, in order, and all comments. A file
// that is built needs only Statements; its Comments come before all of them.
type File struct {
	Source     *source.File
	Statements []Statement
	Comments   []Comment
	// Tokens is the number of words, marks and comments in the file.
	Tokens int
	// Broken is set if the text has syntax errors. Statements lacks those that have them.
	Broken bool
	// Lost has the names that statements with syntax errors would have declared. A use of one is
	// not another error.
	Lost map[string]bool
	// MissingImport is set if an import could not be read. It may have declared any name.
	MissingImport bool
}

// Partial reports whether the tree may lack declarations, because of errors or missing imports.
func (f *File) Partial() bool { return f.Broken || f.MissingImport || len(f.Lost) > 0 }

// Span returns the span of the whole text.
func (f *File) Span() source.Span {
	if f.Source == nil {
		return source.Span{}
	}
	return source.Span{File: f.Source, End: len(f.Source.Text)}
}

// Statement is one of the statements below.
type Statement interface {
	Node
	// Docs returns the comment lines directly above the statement.
	Docs() []Comment
	// Common returns the part that all statements have.
	Common() *Head
}

// Head is embedded in every statement.
type Head struct {
	Range
	Doc []Comment
	// Blank asks for a blank line above the statement, and Trailing for a comment after it on its
	// line. They are for trees that are built: the parser never sets them, because the layout of a
	// parsed file is in its text.
	Blank    bool
	Trailing *Comment
}

// Docs returns the comment lines directly above the statement.
func (h *Head) Docs() []Comment { return h.Doc }

// Common returns the head itself.
func (h *Head) Common() *Head { return h }

// Word is a name, key, value, number, CIDR or keyword. In the block of an environment it may
// contain "$environment".
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
	Name      Word
	Isolates  *Word  // "ingress", "egress", "nothing" or "tiers"; nil if not written
	Direction *Word  // "ingress" or "egress" after "tiers"; nil for both
	Body      *Block // nil if there is no block
}

// Labels is `labels KEY=VALUE, ...`, the labels of the namespace around it.
type Labels struct {
	Head
	Items []Label
}

// Label is KEY=VALUE.
type Label struct {
	Range
	Key, Value Word
}

// Tier is `tier NAME [in SET] { selector } [isolates ...] [:ports]` or
// `tier NAME, ... by KEY [{ selector }] [isolates ...] [:ports]`.
type Tier struct {
	Head
	Names    []Word
	By       *Word     // the key of the `by` form, or nil
	In       *Word     // the environment whose namespaces have the pods, or cluster; nil if not written
	Selector *Selector // nil if there are no braces
	Dynamic  bool      // its pods are made at run time
	Isolates *Word     // "ingress", "egress", "nothing"; nil if not written
	Listens  *Ports
}

// Selector has the requirements between a pair of braces. All of them must hold.
type Selector struct {
	Range
	Requirements []Requirement
}

// Operator is how a requirement compares.
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

// String returns the operator's name, for Dump.
func (o Operator) String() string {
	return [...]string{"Equals", "NotEquals", "In", "NotIn", "Exists", "NotExists"}[o]
}

// Requirement is one condition on a pod's labels.
type Requirement struct {
	Range
	Key    Word
	Op     Operator
	Values []Word // one for Equals and NotEquals, any number for In and NotIn
}

// Ports is `:PORT, PORT, ...`: those that a tier or external listens on, or that an edge permits.
type Ports struct {
	Range // from ':' on
	List  []Port
}

// Port is one port in any of its forms:
//
//	any          Any
//	http         Name                (a port declared by the destination)
//	http/tcp     Name, Protocol      (a container's named port)
//	80, 80/tcp   Low [Protocol]
//	80-90/udp    Low, High, Protocol
//	http=80/tcp  Name, Low, Protocol (the declaration by a tier or external)
type Port struct {
	Range
	Any                       bool
	Name, Low, High, Protocol *Word // nil if not written
}

// External is `external NAME { address, ... } [:ports]`.
type External struct {
	Head
	Name      Word
	Open      source.Span // '{'
	Addresses []Address
	Close     source.Span // '}'
	Listens   *Ports
}

// Address is `CIDR [except (CIDR, ...)]` or `host NAME`.
type Address struct {
	Range
	CIDR   *Word
	Except []Word
	Host   *Word
}

// Environment is `environment NAME, ... [by KEY[=VALUE]] [{ ... }]`, or with a selector after by.
type Environment struct {
	Head
	Names    []Word
	By       *Word
	Value    *Word     // of the label; nil if it is the environment's name
	Selector *Selector // of the `by { ... }` form, or nil
	Body     *Block
}

// Network is `network { ... }`.
type Network struct {
	Head
	Open  source.Span
	Items []NetworkItem
	Close source.Span
}

// NetworkItem is `pods ADDRESS, ...`, or with `services` or `nodes`, or `apiserver ADDRESS, ...
// [:ports]`, or `plugin NAME [with KEY=VALUE, ...]`. Its addresses have no Host.
type NetworkItem struct {
	Range
	Kind      Word
	Addresses []Address
	Listens   *Ports  // of apiserver
	Plugin    *Word   // of plugin
	Settings  []Label // of plugin
}

// EndpointKind is the form of an endpoint.
type EndpointKind int

// The forms of an endpoint.
const (
	Bare      EndpointKind = iota // NAME of a tier, external or environment; internet, cluster, all, nodes, apiserver, $environment
	Qualified                     // NAMESPACE/NAME
	EveryPod                      // NAMESPACE/*
	CIDR                          // an address block, with `except` if blocks are excluded
)

// String returns the kind's name, for Dump.
func (k EndpointKind) String() string {
	return [...]string{"Bare", "Qualified", "EveryPod", "CIDR"}[k]
}

// Endpoint is a source or destination, or one of the endpoints of isolate and dns.
type Endpoint struct {
	Range
	Kind      EndpointKind
	Namespace *Word  // for Qualified and EveryPod
	Name      Word   // the name or CIDR; "*" for EveryPod
	Except    []Word // the blocks that are excluded, for CIDR
}

// Link is `endpoints -> endpoints [:ports]`, the common part of Edge and Deny.
type Link struct {
	From  []Endpoint
	Arrow source.Span
	Both  bool // <->
	To    []Endpoint
	Ports *Ports
}

// Edge is `[ingress | egress] link`. It permits connections; with Side, on that side only.
type Edge struct {
	Head
	Side *Word // "ingress", "egress"; nil if not written
	Link
}

// Deny is `deny [path] link`. It forbids connections, and with Path also chains of them.
type Deny struct {
	Head
	Path bool
	Link
}

// Isolate is `isolate endpoints`. It denies connections both ways between each pair.
type Isolate struct {
	Head
	Endpoints []Endpoint
}

// DNS is `dns off` or `dns endpoints [:ports]`.
type DNS struct {
	Head
	Off       bool
	Resolvers []Endpoint
	Ports     *Ports
}

// Question is `party`, or `party -> party [:ports]`, as queries ask it. No program has one.
type Question struct {
	Range
	From  Asked
	To    *Asked // nil where there is no arrow
	Ports *Ports
}

// Asked is a party of a question: besides endpoints also an address, the pods with some labels, and a
// workload.
type Asked struct {
	Endpoint
	Labels   *Selector // of NAMESPACE/{KEY=VALUE, ...}, which has no name
	Workload *Word     // KIND in NAMESPACE/KIND/NAME
}
