package policies

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
)

func word(text string) ast.Word { return ast.Word{Text: text} }

// statements returns what is at the top of the program, and the blocks of the namespaces.
func (d *draft) statements() (top []ast.Statement, namespaces []*ast.Namespace) {
	if network := d.network(); network != nil {
		top = append(top, network)
	}
	top = append(top, d.dnsStatements()...)
	var externals, environments, tiers []*party
	for _, p := range d.parties.list {
		switch {
		case p.name == "" || !d.used[p]:
		case p.kind == addresses:
			externals = append(externals, p)
		case p.kind == spacesPods:
			environments = append(environments, p)
		case p.kind == spacesTier:
			tiers = append(tiers, p)
		}
	}
	for _, group := range [][]*party{externals, environments, tiers} {
		slices.SortFunc(group, compare)
		for i, p := range group {
			s := d.declaration(p)
			s.Common().Blank = i == 0 && len(top) > 0
			top = append(top, s)
		}
	}
	byHome := map[string][]*line{}
	for _, l := range d.lines() {
		byHome[l.home] = append(byHome[l.home], l)
	}
	for _, name := range sorted(d.namespaces) {
		n := d.namespace(name, byHome[name])
		n.Blank = len(top)+len(namespaces) > 0
		namespaces = append(namespaces, n)
	}
	return top, namespaces
}

// network states the addresses of nodes and of the API server that edges name; nil for none.
func (d *draft) network() ast.Statement {
	n := &ast.Network{}
	for _, p := range d.parties.list {
		if p.fact != nodes && p.fact != apiServer || !d.used[p] {
			continue
		}
		item := ast.NetworkItem{Kind: word(p.fact), Listens: portsOf(p.listens)}
		for _, b := range p.blocks {
			item.Addresses = append(item.Addresses, b.address())
		}
		n.Items = append(n.Items, item)
	}
	if len(n.Items) == 0 {
		return nil
	}
	slices.SortFunc(n.Items, func(a, b ast.NetworkItem) int { return cmp.Compare(a.Kind.Text, b.Kind.Text) })
	return n
}

// namespace returns the block of a namespace.
func (d *draft) namespace(name string, lines []*line) *ast.Namespace {
	n := &ast.Namespace{Name: word(name)}
	var body []ast.Statement
	if labels := d.labels(name); labels != nil {
		body = append(body, labels)
	}
	isolates := d.isolates(name)
	if isolates.word != "" {
		word, direction, limited := strings.Cut(isolates.word, " ")
		n.Isolates = &ast.Word{Text: word}
		if limited {
			n.Direction = &ast.Word{Text: direction}
		}
	}
	var tiers []*party
	for _, p := range d.parties.list {
		if p.kind == tierPods && p.namespace == name && d.declares(p) && !p.isPrelude() {
			tiers = append(tiers, p)
		}
	}
	slices.SortFunc(tiers, compare)
	if isolates.everyPod {
		body = append(body, &ast.Tier{Names: []ast.Word{word(everyPod)}, Selector: &ast.Selector{}})
	}
	for i, p := range tiers {
		s := d.declaration(p).(*ast.Tier)
		s.Blank = i == 0 && len(body) > 0 && !isolates.everyPod
		if own := isolates.of(p); own != isolates.usual {
			s.Isolates = &ast.Word{Text: isolationWord(own)}
		}
		body = append(body, s)
	}
	for i, l := range lines {
		s := d.edge(l)
		s.Blank = i == 0 && len(body) > 0
		body = append(body, s)
	}
	if len(body) > 0 {
		n.Body = &ast.Block{Statements: body}
	}
	return n
}

const everyPod = "every-pod"

// isolation is what a namespace says that it isolates.
type isolation struct {
	word string
	// tiers is the directions in which tiers isolate their own pods, and usual those of a tier that
	// does not say it.
	tiers, usual [2]bool
	// everyPod is set if a tier of every pod isolates both directions, since the namespace cannot say it.
	everyPod bool
}

// isolates returns what a namespace isolates.
func (d *draft) isolates(name string) isolation {
	var whole, some [2]bool
	for _, direction := range directions {
		s := d.sides[direction][name]
		if s == nil {
			continue
		}
		whole[direction], some[direction] = s.every, !s.every
	}
	both, none := [2]bool{true, true}, [2]bool{}
	switch {
	case whole == both && name == "kube-system": // without a word, it isolates nothing, as the prelude says
		return isolation{word: "tiers", tiers: both, usual: both, everyPod: true}
	case whole == both:
		return isolation{}
	case whole != none:
		return isolation{word: isolationWord(whole), tiers: some}
	case some == none:
		return isolation{word: "nothing"}
	case some == both:
		return isolation{word: "tiers", tiers: some, usual: some}
	}
	return isolation{word: "tiers " + isolationWord(some), tiers: some, usual: some}
}

// isolationWord returns the word for directions, of which one is missing at least.
func isolationWord(directions [2]bool) string {
	switch {
	case directions[relation.Ingress]:
		return "ingress"
	case directions[relation.Egress]:
		return "egress"
	}
	return "nothing"
}

// of returns the directions in which a tier isolates its own pods.
func (i isolation) of(p *party) (own [2]bool) {
	for _, d := range directions {
		own[d] = p.isolated[d] && i.tiers[d]
	}
	return own
}

// labels states the labels of a namespace that selectors of namespaces use.
func (d *draft) labels(name string) *ast.Labels {
	known := d.relation.Facts.Labels(name)
	var items []ast.Label
	for _, key := range sorted(d.labelKeys) {
		if value, ok := known[key]; ok {
			items = append(items, ast.Label{Key: word(key), Value: word(value)})
		}
	}
	if items == nil {
		return nil
	}
	return &ast.Labels{Items: items}
}

// declaration returns the statement that declares a party.
func (d *draft) declaration(p *party) ast.Statement {
	switch p.kind {
	case addresses:
		x := &ast.External{Name: word(p.name), Listens: portsOf(p.listens)}
		for _, b := range p.blocks {
			x.Addresses = append(x.Addresses, b.address())
		}
		for _, h := range p.hosts {
			x.Addresses = append(x.Addresses, ast.Address{Host: &ast.Word{Text: h}})
		}
		return x
	case spacesPods:
		e := &ast.Environment{Names: []ast.Word{word(p.name)}}
		if !isEquality(p.spaces) {
			e.Selector = &ast.Selector{Requirements: requirements(p.spaces)}
			return e
		}
		k := p.spaces.Keys()[0]
		e.By = &ast.Word{Text: k.Key}
		if value := k.Values.Names[0]; value != p.name {
			e.Value = &ast.Word{Text: value}
		}
		return e
	}
	t := &ast.Tier{Names: []ast.Word{word(p.name)}, Selector: &ast.Selector{Requirements: requirements(p.pods)}, Listens: portsOf(p.listens)}
	if p.kind == spacesTier {
		t.In = &ast.Word{Text: d.set(p)}
	}
	if p.note != "" {
		c := ast.NewComment(p.note)
		t.Trailing = &c
	}
	return t
}

// set returns the set of namespaces of a tier as the language calls it.
func (d *draft) set(p *party) string {
	if spaces := d.parties.spaces(p.spaces); !spaces.isCluster() {
		return spaces.name
	}
	return "cluster"
}

// isEquality reports whether a selector requires one value of one label.
func isEquality(s relation.Selector) bool {
	k := s.Keys()
	return len(k) == 1 && !k[0].Values.Others && !k[0].Values.Absent && len(k[0].Values.Names) == 1
}

// requirements returns a selector in the language's form. Bare keys come first: after `a=b` they read
// like another value.
func requirements(s relation.Selector) (out []ast.Requirement) {
	for _, k := range s.Keys() {
		r := ast.Requirement{Key: word(k.Key)}
		v := k.Values
		for _, name := range v.Names {
			r.Values = append(r.Values, word(name))
		}
		one := len(v.Names) == 1
		switch {
		case !v.Others && len(v.Names) > 0 && one:
			r.Op = ast.Equals
		case !v.Others && len(v.Names) > 0:
			r.Op = ast.In
		case !v.Others:
			r.Op = ast.NotExists
		case len(v.Names) == 0:
			r.Op = ast.Exists
		default:
			if !v.Absent {
				out = append(out, ast.Requirement{Key: r.Key, Op: ast.Exists})
			}
			if v.Names[0] == "" && !one { // a list has no form for the empty value
				out = append(out, ast.Requirement{Key: r.Key, Op: ast.NotEquals, Values: r.Values[:1]})
				r.Values = r.Values[1:]
			}
			if r.Op = ast.NotIn; len(r.Values) == 1 {
				r.Op = ast.NotEquals
			}
		}
		out = append(out, r)
	}
	rank := map[ast.Operator]int{ast.Exists: -1}
	slices.SortStableFunc(out, func(a, b ast.Requirement) int { return cmp.Compare(rank[a.Op], rank[b.Op]) })
	return out
}

func (b block) address() ast.Address {
	a := ast.Address{CIDR: &ast.Word{Text: b.cidr}}
	for _, e := range b.except {
		a.Except = append(a.Except, word(e))
	}
	return a
}

// edge returns the statement of a line.
func (d *draft) edge(l *line) *ast.Edge {
	s := &ast.Edge{Link: ast.Link{Ports: portsOf(l.written())}}
	if l.side != "" && l.from.kind != everyone && l.to.kind != everyone {
		s.Side = &ast.Word{Text: l.side}
	}
	for _, p := range l.froms {
		s.From = append(s.From, p.endpoint(l.home))
	}
	for _, p := range l.tos {
		s.To = append(s.To, p.endpoint(l.home))
	}
	if names := d.policyNames(l.because(), l.home); names != "" {
		c := ast.NewComment(names)
		s.Trailing = &c
	}
	return s
}

// endpoint returns a party as edges in the block of a namespace call it.
func (p *party) endpoint(home string) ast.Endpoint {
	switch {
	case p.kind == everyone:
		return ast.Endpoint{Name: word("all")}
	case p.isCluster():
		return ast.Endpoint{Name: word("cluster")}
	case p.kind == namespacePods:
		return ast.Endpoint{Kind: ast.EveryPod, Namespace: &ast.Word{Text: p.namespace}, Name: word("*")}
	case p.fact != "":
		return ast.Endpoint{Name: word(p.fact)}
	case p.kind == addresses && p.name == "":
		e := ast.Endpoint{Kind: ast.CIDR, Name: word(p.blocks[0].cidr)}
		for _, x := range p.blocks[0].except {
			e.Except = append(e.Except, word(x))
		}
		return e
	case p.namespace == home || p.namespace == "":
		return ast.Endpoint{Name: word(p.name)}
	}
	return ast.Endpoint{Kind: ast.Qualified, Namespace: &ast.Word{Text: p.namespace}, Name: word(p.name)}
}

// portsOf returns a set of ports in the language's form; nil for none.
func portsOf(p relation.Ports) *ast.Ports {
	if p.IsEmpty() {
		return nil
	}
	if p.IsEvery() {
		return &ast.Ports{List: []ast.Port{{Any: true}}}
	}
	ports := &ast.Ports{}
	for _, r := range p.Ranges() {
		port := ast.Port{Low: &ast.Word{Text: strconv.Itoa(r.Low)}, Protocol: &ast.Word{Text: r.Protocol.String()}}
		if r.High != r.Low {
			port.High = &ast.Word{Text: strconv.Itoa(r.High)}
		}
		ports.List = append(ports.List, port)
	}
	for _, n := range p.NamedPorts() {
		ports.List = append(ports.List, ast.Port{Name: &ast.Word{Text: n.Name}, Protocol: &ast.Word{Text: n.Protocol.String()}})
	}
	return ports
}

// policyNames returns the comment that names policies. Those that zt emitted say nothing.
func (d *draft) policyNames(list []int, home string) string {
	const most = 3
	var names []string
	for _, i := range list {
		p := d.policies[i]
		if p.emitted {
			continue
		}
		name := p.Object.Name
		if p.Object.Namespace != home && p.Object.Namespace != "" {
			name = p.Object.Namespace + "/" + name
		}
		names = append(names, name)
	}
	switch more := len(names) - most; {
	case len(names) == 0:
		return ""
	case len(names) == 1:
		return d.kind(1) + " " + names[0]
	case more > 0:
		return fmt.Sprintf("%s %s and %d more", d.kind(2), strings.Join(names[:most], ", "), more)
	}
	return d.kind(len(names)) + " " + strings.Join(names, ", ")
}

// kind names the kind of some of the policies.
func (d *draft) kind(n int) string {
	switch {
	case len(d.cilium)+len(d.cluster) > 0 && n == 1:
		return "policy"
	case len(d.cilium)+len(d.cluster) > 0:
		return "policies"
	case n == 1:
		return "NetworkPolicy"
	}
	return "NetworkPolicies"
}

const managedBy = "app.kubernetes.io/managed-by"

// header says what the program is from.
func (d *draft) header() string {
	names, wide := map[string]bool{}, 0
	for _, p := range d.policies {
		if p.Object.Namespace == "" {
			wide++
		} else {
			names[p.Object.Namespace] = true
		}
	}
	var from []string
	if n := len(d.policies) - wide; n > 0 {
		from = append(from, counted(n, d.kind(1), d.kind(2))+" in "+shortList(sorted(names), "namespace"))
	}
	if wide > 0 {
		from = append(from, counted(wide, d.kind(1), d.kind(2))+" of the whole cluster")
	}
	text := fmt.Sprintf("From %s. Permits exactly the same: proven both ways.\n", strings.Join(from, " and "))
	if len(d.denials) > 0 || d.acceptsNames() {
		text += "Build it with --target networkpolicy,clusternetworkpolicy, which also writes the policies of the whole cluster.\n"
	}
	if d.narrowed != nil {
		text += "It does not have what the NetworkPolicies permit and policies of the whole cluster deny.\n"
	}
	if n := d.idle(); n > 0 {
		text += fmt.Sprintf("Not here: %s of the whole cluster that %s nothing.\n", counted(n, d.kind(1), d.kind(2)), map[bool]string{true: "changes", false: "change"}[n == 1])
	}
	for _, direction := range directions {
		if n := d.open[direction]; n > 0 {
			text += fmt.Sprintf("Not here: the %s rules of %s, which permit everything.\n", direction, counted(n, d.kind(1), d.kind(2)))
		}
	}
	return text
}

func shortList(names []string, what string) string {
	const most = 4
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %s", strings.Join(names[:most], ", "), counted(more, "other "+what, "other "+what+"s"))
	}
	return strings.Join(names, ", ")
}

func counted(n int, one, several string) string {
	return fmt.Sprintf("%d %s", n, map[bool]string{true: one, false: several}[n == 1])
}
