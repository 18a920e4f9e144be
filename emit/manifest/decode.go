package manifest

import (
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// reader reads documents into a set. It keeps peers and lists of ports by the lines that it read
// them from: policies have many in common, and the proof evaluates each only once. Without this,
// a proof takes twice the processor time.
type reader struct {
	set   *policyset.Builder
	json  bool
	peers map[string]policyset.PeerID
	ports map[string]policyset.PortsID
}

func newReader(format Format) *reader {
	return &reader{policyset.NewBuilder(), format == FormatJSON, map[string]policyset.PeerID{}, map[string]policyset.PortsID{}}
}

// reread returns what was read before from the lines right of a column, or reads them.
func reread[T any](s *scanner, known map[string]T, column int, read func() T) T {
	start, end := s.at, s.block(column)
	lines := s.text[start:end]
	if before, ok := known[lines]; ok {
		s.at = end
		return before
	}
	value := read()
	if !s.gaveUp && s.at == end {
		known[lines] = value
	}
	return value
}

// The columns of a policy's keys.
const (
	yamlColumn = 0
	jsonColumn = 6
)

// scan reads a document of a NetworkPolicy, strictly. It adds what the library would read, or
// returns false if it is not sure.
func (r *reader) scan(document string) bool {
	s := &policyScanner{scanner{text: document, json: r.json}, r}
	var p policyset.Policy
	var version, what string
	field := func(key string, column int) {
		switch key {
		case "apiVersion":
			version = s.scalar(column)
		case "kind":
			what = s.scalar(column)
		case "metadata":
			s.metadata(column, &p)
		case "spec":
			s.spec(column, &p)
		}
	}
	if r.json {
		s.mapping(jsonColumn, field)
	} else {
		for s.skip("#") && printable(s.rest()) { // comments above a document
			s.skip("\n")
		}
		s.fields(yamlColumn, field)
		s.skip("\n")
	}
	if s.gaveUp || s.at < len(s.text) || version != apiVersion || what != kind {
		return false
	}
	r.set.Add(p)
	return true
}

type policyScanner struct {
	scanner
	reader *reader
}

func (s *policyScanner) metadata(column int, p *policyset.Policy) {
	s.mapping(column+2, func(key string, column int) {
		switch key {
		case "annotations":
			p.Annotations = s.labels(column)
		case "labels":
			p.Labels = s.labels(column)
		case "name":
			p.Name = s.scalar(column)
		case "namespace":
			p.Namespace = s.scalar(column)
		}
	})
}

func (s *policyScanner) spec(column int, p *policyset.Policy) {
	s.mapping(column+2, func(key string, column int) {
		switch key {
		case "egress":
			p.Rules[relation.Egress] = s.rules(column, "to")
		case "ingress":
			p.Rules[relation.Ingress] = s.rules(column, "from")
		case "podSelector":
			p.PodSelector = s.selector(column)
		case "policyTypes":
			p.Types = s.texts(column)
		}
	})
}

// rules reads ingress or egress rules, which differ in the name of their peers.
func (s *policyScanner) rules(column int, peers string) policyset.List[policyset.Rule] {
	var rules []policyset.Rule
	s.list(column, func(column int) {
		var r policyset.Rule
		s.item(column, func(key string, column int) {
			switch key {
			case peers:
				var ids []policyset.PeerID
				s.list(column, func(column int) {
					ids = append(ids, reread(&s.scanner, s.reader.peers, column-1, func() policyset.PeerID { return s.peer(column) }))
				})
				r.Peers = policyset.ListOf(ids...)
			case "ports":
				r.Ports = reread(&s.scanner, s.reader.ports, column, func() policyset.PortsID { return s.ports(column) })
			}
		})
		rules = append(rules, r)
	})
	return policyset.ListOf(rules...)
}

func (s *policyScanner) peer(column int) policyset.PeerID {
	var p policyset.Peer
	s.item(column, func(key string, column int) {
		switch key {
		case "ipBlock":
			p.Block = policyset.Some(s.addresses(column))
		case "namespaceSelector":
			p.Namespaces = policyset.Some(s.selector(column))
		case "podSelector":
			p.Pods = policyset.Some(s.selector(column))
		}
	})
	return s.reader.set.Peer(p)
}

func (s *policyScanner) addresses(column int) (b policyset.Block) {
	s.mapping(column+2, func(key string, column int) {
		switch key {
		case "cidr":
			b.CIDR = s.scalar(column)
		case "except":
			b.Except = s.texts(column)
		}
	})
	return b
}

func (s *policyScanner) ports(column int) policyset.PortsID {
	var list []policyset.Port
	s.list(column, func(column int) { list = append(list, s.port(column)) })
	return s.reader.set.Ports(list...)
}

func (s *policyScanner) port(column int) (p policyset.Port) {
	s.item(column, func(key string, column int) {
		switch key {
		case "endPort":
			p.EndPort = policyset.Some(s.number())
		case "port":
			p.Port = policyset.Some(s.portValue(column))
		case "protocol":
			p.Protocol = policyset.Some(s.scalar(column))
		}
	})
	return p
}

func (s *policyScanner) portValue(column int) policyset.PortValue {
	if s.isNumber() {
		return policyset.PortValue{Number: s.number()}
	}
	return policyset.PortValue{Named: true, Name: s.scalar(column)}
}

func (s *policyScanner) selector(column int) (out policyset.Selector) {
	s.mapping(column+2, func(key string, column int) {
		switch key {
		case "matchExpressions":
			var expressions []policyset.Expression
			s.list(column, func(column int) { expressions = append(expressions, s.expression(column)) })
			out.Expressions = policyset.ListOf(expressions...)
		case "matchLabels":
			out.Labels = s.labels(column)
		}
	})
	return out
}

func (s *policyScanner) expression(column int) (e policyset.Expression) {
	s.item(column, func(key string, column int) {
		switch key {
		case "key":
			e.Key = s.scalar(column)
		case "operator":
			e.Operator = s.scalar(column)
		case "values":
			e.Values = s.texts(column)
		}
	})
	return e
}

func (s *policyScanner) labels(column int) policyset.List[policyset.Label] {
	var labels []policyset.Label
	s.mapping(column+2, func(key string, column int) {
		labels = append(labels, policyset.Label{Key: key, Value: s.scalar(column)})
	})
	return policyset.ListOf(labels...)
}

func (s *policyScanner) texts(column int) policyset.List[string] {
	var list []string
	s.list(column, func(column int) { list = append(list, s.scalar(column-2)) })
	return policyset.ListOf(list...)
}
