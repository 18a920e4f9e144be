package query

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/source"
)

// Verdict is the short form of an answer.
type Verdict string

// The verdicts. An answer is undecided exactly if something that zt cannot evaluate could change it.
const (
	Permitted Verdict = "permitted"
	Denied    Verdict = "denied"
	Equal     Verdict = "equal"
	Different Verdict = "different"
	Unknown   Verdict = "undecided"
)

// Undecided is something that zt cannot evaluate and that could change an answer.
type Undecided struct {
	Message string
	Span    source.Span // where it is; zero if it is in no file
}

// MarshalJSON writes the range as diagnostics have it.
func (u Undecided) MarshalJSON() ([]byte, error) {
	out := struct {
		Message string        `json:"message"`
		Range   *source.Range `json:"range"`
	}{u.Message, u.Span.Range()}
	return json.Marshal(out)
}

// String returns the message and the place, as text shows them.
func (u Undecided) String() string {
	if u.Span.IsZero() {
		return u.Message
	}
	return fmt.Sprintf("%s (%s:%d)", u.Message, u.Span.File.Name, u.Span.Begin().Line)
}

// sortUndecided orders a list by its text, and drops repetitions.
func sortUndecided(list []Undecided) []Undecided {
	slices.SortStableFunc(list, func(a, b Undecided) int { return cmp.Compare(a.String(), b.String()) })
	return slices.CompactFunc(list, func(a, b Undecided) bool { return a.String() == b.String() })
}

// undecidedAnswer returns what could change the answer to a question.
//
// Each thing that is open has two readings that bound the others. The question is answered under
// both; what is open matters only if the answers differ.
func (v *Model) undecidedAnswer(a Answer) []Undecided {
	out, gaveUp := v.undecidedForeign(a.Query), a.gaveUp
	differs := func(w *Model, q Query) bool {
		other := w.answer(q)
		gaveUp = gaveUp || other.gaveUp
		return other.Permitted != a.Permitted || other.some != a.some
	}
	if w := v.wide(); w != v && differs(w, a.Query) {
		out = append(out, v.openBlocks(a.Query)...)
	}
	if !v.knowsNodes() && (a.From.Host != "" || a.To.Host != "") && differs(v.anyAddress(), a.Query) {
		for _, p := range []*Party{a.From, a.To} {
			if p.Host != "" {
				out = append(out, hostAddresses(p))
			}
		}
	}
	out = append(append(out, v.undecidedNodes(a)...), v.undecidedHosts(a)...)
	if q := (Query{From: v.anyLabels(a.From), To: v.anyLabels(a.To), Ports: a.Ports}); q.From != a.From || q.To != a.To {
		switch {
		case differs(v, q):
			about := []*Party{}
			for p, one := range map[*Party]Query{a.From: {From: q.From, To: a.To, Ports: a.Ports}, a.To: {From: a.From, To: q.To, Ports: a.Ports}} {
				if differs(v, one) {
					about = append(about, p)
				}
			}
			if len(about) == 0 { // only both together
				about = []*Party{a.From, a.To}
			}
			out = append(out, v.labelReasons(about...)...)
		case differs(v.wide(), q): // only together with the blocks
			out = append(append(out, v.openBlocks(a.Query)...), v.labelReasons(a.From, a.To)...)
		}
	}
	if from, to := v.onHost(a.From), v.onHost(a.To); from != a.From || to != a.To {
		for _, q := range []Query{{From: from, To: a.To, Ports: a.Ports}, {From: a.From, To: to, Ports: a.Ports}, {From: from, To: to, Ports: a.Ports}} {
			if q.From == a.From && q.To == a.To { // only one of them can be on the host network
				continue
			}
			foreign := v.undecidedForeign(q)
			if differs(v, q) || !v.knowsNodes() && differs(v.anyAddress(), q) || len(foreign) > 0 && len(out) == 0 {
				out = append(out, foreign...)
				out = append(append(out, hostReason(a.From, q.From)...), hostReason(a.To, q.To)...)
				break
			}
		}
	}
	if gaveUp {
		out = append(out, tooMany)
	}
	return sortUndecided(out)
}

// onHost returns what the pods of a party of one namespace are if the workloads that it fits are all on
// the host network: the first of these. Else it is the party itself.
func (v *Model) onHost(p *Party) *Party {
	several := slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		_, _, ok := podsOfOne(part)
		return !ok
	})
	if p.workload == nil && !several {
		if hosts := v.onlyHosts(p); len(hosts) > 0 {
			return hosts[0]
		}
	}
	return p
}

// hostReason says that a party that was asked for fits a workload on the host network, if it is another.
func hostReason(asked, host *Party) []Undecided {
	if asked == host {
		return nil
	}
	return []Undecided{{fmt.Sprintf("%s fits no pods but those of %s, which are on the host network; ask about these", asked.Name, host.Name), host.workload.Span}}
}

// tooMany is what a search says that gave up.
var tooMany = Undecided{Message: "the selectors of these policies combine in more ways than zt compares"}

// undecidedForeign returns the objects of other APIs that could change the answer to a question. They
// matter only if both sides could permit something: what they concern, and what the other rules permit.
func (v *Model) undecidedForeign(q Query) []Undecided {
	var out []Undecided
	from, to := false, false
	for _, f := range v.foreign {
		concernsFrom, concernsTo := concerns(f, relation.Egress, q.From, v), concerns(f, relation.Ingress, q.To, v)
		if concernsFrom || concernsTo {
			out = append(out, foreignReason(f))
		}
		from, to = from || concernsFrom, to || concernsTo
	}
	if len(out) == 0 || from && to {
		return out
	}
	most := v.wide().answer(Query{From: v.anyLabels(q.From), To: v.anyLabels(q.To), Ports: q.Ports})
	if from && !most.Ingress.some || to && !most.Egress.some {
		return nil
	}
	return out
}

// Undecided returns what could change a list of connections. Parties, if there are any, restrict
// where the connections start or end.
func (v *Model) Undecided(connections []Connection, from, to []*Party) []Undecided {
	out := []Undecided{}
	asked := map[string]bool{}
	for _, f := range v.foreign {
		pods := []*Party{{Parts: aboutOf(f)}} // those that it concerns
		key := ""
		for _, part := range pods[0].Parts {
			key += part.Key()
		}
		if asked[key] {
			continue
		}
		asked[key] = true
		for _, a := range orElse(from, pods) {
			for _, b := range orElse(to, pods) {
				out = append(out, v.undecidedForeign(Query{From: a, To: b, Ports: relation.EveryPort})...)
			}
		}
	}
	out = append(out, v.undecidedBlocks(from, to, relation.EveryPort, func(g grant) bool {
		covered, _ := v.Relation.RuleSets[g.direction][g.namespace].Covers(relation.Rule{Own: g.Own, Peer: relation.EveryPeer[0], Ports: g.Ports})
		return !covered
	})...)
	for _, ns := range v.unlisted {
		isIn := func(p *Party) bool { return v.includes(p, ns, relation.Selector{}) }
		if len(from) == 0 || len(to) == 0 || slices.ContainsFunc(slices.Concat(from, to), isIn) {
			out = append(out, Undecided{Message: fmt.Sprintf("the selectors tell more kinds of pods of namespace %s apart than zt lists connections of; `zt why` answers for each", ns)})
		}
	}
	parties := slices.Concat(from, to)
	if len(from) == 0 || len(to) == 0 { // that a workload is in no connection is an answer too
		for _, p := range v.Parties {
			if p.workload != nil {
				parties = append(parties, p)
			}
		}
	}
	for _, c := range connections {
		parties = append(parties, c.From, c.To)
	}
	out = append(out, v.undecidedNodeLists(connections, from, to)...)
	return sortUndecided(append(out, v.labelReasons(parties...)...))
}

func orElse(asked, all []*Party) []*Party {
	if len(asked) == 0 {
		return all
	}
	return asked
}

// undecidedComparison returns what could change the comparison of two models.
func undecidedComparison(old, new *Model, c *Comparison) []Undecided {
	var out []Undecided
	if oldWide, newWide := old.wide(), new.wide(); oldWide != old || newWide != new {
		most := compareBothWays(oldWide, newWide)
		out = append(out, most.Undecided...)
		same := len(c.Added)+len(c.Removed) == 0
		if same != (len(most.Added)+len(most.Removed) == 0) {
			if same {
				c.Added, c.Removed, c.More = most.Added, most.Removed, most.More
			}
			out = append(append(out, old.allBlocks()...), new.allBlocks()...)
		}
	}
	if reasons := differentlyOpen(old, new); len(reasons) > 0 {
		if len(c.Added)+len(c.Removed) == 0 {
			out = append(out, reasons...)
		} else if len(out) == 0 { // else these are among the reasons
			c.otherChanges(reasons)
		}
	}
	if reasons := append(differentHosts(old, new), differentBeyond(old, new)...); len(c.Added)+len(c.Removed) == 0 {
		out = append(out, reasons...)
	} else if len(reasons) > 0 {
		c.otherChanges(reasons)
	}
	if len(old.foreign)+len(new.foreign) > 0 && !old.samePolicies(new) {
		all := slices.Concat(old.foreign, new.foreign)
		untouched := func(d Difference) bool {
			return !slices.ContainsFunc(all, func(f inventory.Foreign) bool {
				return touches(f, relation.Egress, d.Witness.From) || touches(f, relation.Ingress, d.Witness.To)
			})
		}
		var reasons []Undecided
		for _, f := range all {
			reasons = append(reasons, foreignReason(f))
		}
		if c.Partial = slices.ContainsFunc(slices.Concat(c.Added, c.Removed), untouched); !c.Partial {
			return sortUndecided(append(out, reasons...))
		}
		c.otherChanges(reasons)
	}
	return sortUndecided(out)
}

// otherChanges notes what could change other connections than those that are listed.
func (c *Comparison) otherChanges(reasons []Undecided) {
	c.Partial = true
	for _, u := range sortUndecided(reasons) {
		c.Notes = append(c.Notes, "other connections may change, too: "+u.String())
	}
}

// samePolicies reports whether two models have the same policies, those that zt does not evaluate
// included. Then they permit the same, whatever that is.
func (v *Model) samePolicies(w *Model) bool {
	return v.inventory != nil && w.inventory != nil && slices.Equal(contentOf(v.inventory), contentOf(w.inventory))
}

func foreignReason(f inventory.Foreign) Undecided {
	pods := "every pod"
	switch {
	case f.Namespace != "":
		pods = "the pods of namespace " + f.Namespace
	case len(f.About) > 1:
		pods = "pods"
	}
	if len(f.About) == 1 && !f.About[0].Labels.IsAny() {
		pods += " with " + f.About[0].Labels.String()
	}
	message := fmt.Sprintf("zt does not evaluate %s (%s), which can permit or deny connections of %s", f.Object, f.APIVersion, pods)
	if f.Reason != "" {
		message += ": " + f.Reason
	}
	return Undecided{message, f.Span}
}

// aboutOf returns the pods that an object of another API can concern.
func aboutOf(f inventory.Foreign) []relation.Peer {
	var out []relation.Peer
	for _, pods := range f.About {
		out = append(out, pods)
	}
	switch {
	case len(out) > 0:
		return out
	case f.Namespace != "":
		return []relation.Peer{relation.PodPeer(namespaceOf(f.Namespace), relation.Selector{})}
	}
	return relation.EveryPeer[:1]
}

// concerns reports whether an object of another API can concern connections of a member of a party in a direction.
func concerns(f inventory.Foreign, d relation.Direction, p *Party, v *Model) bool {
	switch {
	case f.Spares[d]:
		return false
	case p.Host != "":
		return f.Namespace == "" || f.Namespace == p.Host
	case len(f.About) > 0:
		return !p.Free && slices.ContainsFunc(f.About, func(pods relation.Pods) bool {
			return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool { return part.Overlaps(pods, v.Relation.Facts) })
		})
	case f.Namespace == "":
		return p.hasPods()
	}
	return v.includes(p, f.Namespace, relation.Selector{})
}

// includes reports whether some pods of a namespace that a selector matches are members of a party.
func (v *Model) includes(p *Party, ns string, pods relation.Selector) bool {
	peer := relation.PodPeer(v.Relation.Namespaces(ns), pods)
	return !p.Free && slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		return part.Overlaps(peer, v.Relation.Facts)
	})
}

// concerned reports whether an object of another API can concern either end of a connection.
func (v *Model) concerned(c Connection) bool {
	return slices.ContainsFunc(v.foreign, func(f inventory.Foreign) bool {
		return concerns(f, relation.Egress, c.From, v) || concerns(f, relation.Ingress, c.To, v)
	})
}

// touches reports whether an object of another API can concern one end of a connection, for which it has a direction.
func touches(f inventory.Foreign, d relation.Direction, p relation.Party) bool {
	if f.Spares[d] || len(f.About) > 0 && !slices.ContainsFunc(f.About, func(pods relation.Pods) bool { return pods.Labels.Matches(p.Labels) }) {
		return false
	}
	return p.Namespace != "" && (f.Namespace == "" || f.Namespace == p.Namespace)
}

// isOpenBlock reports whether a rule names addresses that pods can have. The API does not say
// whether such a rule matches these pods.
func (v *Model) isOpenBlock(g grant) bool {
	outside, ok := g.Peer.(relation.Addresses)
	if !ok || g.isFree() || g.everybody || g.Kind != "" {
		return false
	}
	if g.Edge != nil && g.Edge.From.Kind != topology.Addresses && g.Edge.To.Kind != topology.Addresses {
		return false
	}
	return outside.Hosts.IsAny() && outside.Addrs.Overlaps(v.blockAddrs) // a name matches no pod
}

// blockReason says that the API leaves open which pods a rule matches.
func blockReason(g grant) Undecided {
	_, peer := sides(g.direction, g.from, g.to)
	name, at := peer.Name, g.span
	if g.Edge != nil {
		at = g.Edge.Span
	} else {
		name += " in " + g.Place.Rule + " of NetworkPolicy " + g.Policy
	}
	return Undecided{fmt.Sprintf("the network plugin decides whether %s matches pods with these addresses", name), at}
}

// undecidedBlocks returns what the API leaves open about blocks of addresses, in the rules that matter
// to connections on some of these ports. Parties, if there are any, restrict where they start or end.
func (v *Model) undecidedBlocks(from, to []*Party, ports relation.Ports, matters func(grant) bool) []Undecided {
	var out []Undecided
	isAbout := func(d relation.Direction, ns string, pods relation.Selector) bool {
		own, peer := sides(d, from, to)
		return (len(own) == 0 || slices.ContainsFunc(own, func(p *Party) bool { return v.includes(p, ns, pods) })) &&
			(len(peer) == 0 || slices.ContainsFunc(peer, (*Party).hasPods)) // addresses match a block in one way only
	}
	for _, o := range v.oldBlocks {
		own := func(p *Party) bool { return v.includes(p, o.namespace, relation.Selector{}) }
		if len(from) == 0 || len(to) == 0 || slices.ContainsFunc(from, own) || slices.ContainsFunc(to, own) {
			out = append(out, o.Undecided)
		}
	}
	if v.readingsDiffer() {
		out = append(out, v.undecidedRules(from, to, ports)...)
	}
	for g := range v.grants {
		if v.isOpenBlock(g) && g.Ports.MayOverlap(ports) && isAbout(g.direction, g.namespace, g.Own) && (matters == nil || matters(g)) {
			out = append(out, blockReason(g))
		}
	}
	return out
}

// allBlocks returns all that the API leaves open about blocks of addresses.
func (v *Model) allBlocks() []Undecided {
	return v.undecidedBlocks(nil, nil, relation.EveryPort, nil)
}

// openBlocks returns those of allBlocks that are about the two ends of a question.
func (v *Model) openBlocks(q Query) []Undecided {
	out := v.undecidedBlocks([]*Party{q.From}, []*Party{q.To}, q.Ports, nil)
	if len(out) == 0 { // never decided for want of a reason
		return v.allBlocks()
	}
	return out
}

// oldBlock is a block of an old object that has two readings, in a policy of a namespace.
type oldBlock struct {
	Undecided
	namespace string
}

// wide returns the model of the reading that permits the most: blocks of addresses that pods can
// have match all pods, and blocks of old objects all addresses that they can mean. If nothing is
// open, it is the model itself.
func (v *Model) wide() *Model {
	if v.widest != nil {
		return v.widest
	}
	base := v
	if v.mostOpen != nil {
		base = v.mostOpen
	}
	v.widest = base
	if v.ordered == nil && len(base.allBlocks()) > 0 { // else the most open reading has them
		v.widest = base.mapRules(func(g grant) []relation.Rule {
			rules := []relation.Rule{g.Rule}
			if base.isOpenBlock(g) {
				g.Peer = relation.EveryPeer[0]
				rules = append(rules, g.Rule)
			}
			return rules
		})
	}
	return v.widest
}

// anyAddress returns a model in which every rule that matches some addresses matches all.
func (v *Model) anyAddress() *Model {
	return v.mapRules(func(g grant) []relation.Rule {
		if outside, ok := g.Peer.(relation.Addresses); ok && !outside.Addrs.IsEmpty() {
			g.Peer = relation.AddrPeer(relation.EveryAddr)
		}
		return []relation.Rule{g.Rule}
	})
}

// mapRules returns a copy of the model with other rules.
func (v *Model) mapRules(do func(grant) []relation.Rule) *Model {
	w := *v
	w.freeAt = [2]map[string][]int{}
	w.Relation = relation.NewRelation(v.Relation.Facts)
	w.Relation.Classes = v.Relation.Classes
	w.origins = [2]map[string][]Origin{{}, {}}
	rules := [2]map[string][]relation.Rule{{}, {}}
	for g := range v.grants {
		for _, r := range do(g) {
			rules[g.direction][g.namespace] = append(rules[g.direction][g.namespace], r)
			w.origins[g.direction][g.namespace] = append(w.origins[g.direction][g.namespace], g.Origin)
		}
	}
	for d, sets := range v.Relation.RuleSets {
		for ns := range sets {
			w.Relation.RuleSets[d][ns] = relation.NewRuleSet(v.Relation.Facts, rules[d][ns])
		}
	}
	return &w
}

// unlabelled returns a peer as pods of one namespace if nothing says what labels that has, and the
// peer assumes that it has none.
func (v *Model) unlabelled(part relation.Peer) (pods relation.Pods, ns string, ok bool) {
	pods, ns, ok = podsOfOne(part)
	return pods, ns, ok && v.Relation.Facts.Labels(ns) == nil && len(pods.Namespaces.Keys()) > 1
}

// anyLabels returns a party without what it assumes about labels of namespaces.
func (v *Model) anyLabels(p *Party) *Party {
	open := &Party{Name: p.Name, Free: p.Free, Host: p.Host, Parts: slices.Clone(p.Parts), workload: p.workload}
	changed := false
	for i, part := range p.Parts {
		if pods, ns, ok := v.unlabelled(part); ok {
			open.Parts[i] = relation.PodPeer(namespaceOf(ns), pods.Labels)
			changed = true
		}
	}
	if !changed {
		return p
	}
	return open
}

// labelReasons says of which namespaces the labels are not known.
func (v *Model) labelReasons(parties ...*Party) []Undecided {
	_, namespaceKeys := v.keys()
	keys := strings.Join(slices.DeleteFunc(slices.Clone(namespaceKeys), func(k string) bool { return k == relation.NameLabel }), ", ")
	var out []Undecided
	for _, p := range parties {
		for _, part := range p.Parts {
			if _, ns, ok := v.unlabelled(part); ok {
				u := Undecided{Message: fmt.Sprintf("the labels of namespace %s are not known, and policies select by %s", ns, keys)}
				if p.workload != nil {
					u.Span = p.workload.Span
				}
				out = append(out, u)
			}
		}
	}
	return out
}
