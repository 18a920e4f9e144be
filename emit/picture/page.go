package picture

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/safe"
)

//go:embed page.js
var script string

//go:embed page.css
var sheet string

// Page is a picture as a page of HTML: one file that loads nothing, in which one can look for parties,
// follow chains, and ask questions.
type Page struct {
	Model       *query.Model
	Connections []query.Connection // as the model lists them
	Picture     *Picture
	Change      *Picture          // nil if the page is of no change
	Comparison  *query.Comparison // of the change
	Undecided   []query.Undecided
	Bounded     bool // the connections are only some, so nothing can be asked
}

// The limits of what a page computes ahead of questions.
const (
	maxPairs = 100_000 // of parties, of which a page knows whether some of their pods may connect
	maxWork  = 100_000 // to compare them: Work of query.Between
	maxHops  = 60_000  // of all chains
)

// The data of a page, as its script reads it. Parties, connections and places are named by their index.
type (
	pageData struct {
		Parties     []pageParty      `json:"parties"`
		Connections []pageConnection `json:"connections"`
		Places      []string         `json:"places"`
		Partly      []pagePartly     `json:"partly"`
		PartlyKnown bool             `json:"partlyKnown"`
		Chains      [][]int          `json:"chains"` // of each: its start, and the connections that it is of
		ChainsKnown bool             `json:"chainsKnown"`
		Forbidden   []pageForbidden  `json:"forbidden"`
		Change      []pageChange     `json:"change"`
		Undecided   []string         `json:"undecided"`
		Bounded     bool             `json:"bounded"`
	}
	pageParty struct {
		Name        string              `json:"name"`
		Namespace   string              `json:"namespace"`
		Environment string              `json:"environment"`
		Marks       []string            `json:"marks"`
		Node        int                 `json:"node"`             // in the picture; 0 if it has none
		Inside      bool                `json:"inside,omitempty"` // the node is that of its namespace
		Sets        []int               `json:"sets"`             // that have all of its members
		Open        [2]bool             `json:"open"`             // egress and ingress of all its pods
		Listens     [][3]int            `json:"listens"`          // empty if it does not say
		Names       map[string][][3]int `json:"names"`            // what it calls ports
	}
	pageConnection struct {
		From    int      `json:"from"`
		To      int      `json:"to"`
		Text    string   `json:"text"`
		Ports   [][3]int `json:"ports"` // protocol, and the first and last number
		DNS     bool     `json:"dns"`
		Because []int    `json:"because"`
		Quiet   bool     `json:"quiet,omitempty"` // lists leave it out
	}
	pagePartly struct {
		From  int         `json:"from"`
		To    int         `json:"to"`
		Ports [2][][3]int `json:"ports"` // that some pods may use, as far as egress and ingress say
	}
	pageForbidden struct {
		From   string   `json:"from"`
		To     string   `json:"to"`
		Text   string   `json:"text"`
		Place  int      `json:"place"`
		Within [2][]int `json:"within"` // the parties inside of From, and inside of To
	}
	pageChange struct {
		Opens   bool   `json:"opens"`
		From    string `json:"from"`
		To      string `json:"to"`
		Text    string `json:"text"`
		Witness string `json:"witness"`
		Because []int  `json:"because"`
	}
)

// numbers returns the numbers of ports, as a page has them.
func numbers(p relation.Ports) [][3]int {
	out := [][3]int{}
	for _, r := range p.Ranges() {
		out = append(out, [3]int{int(r.Protocol), r.Low, r.High})
	}
	return out
}

// data returns what the script of the page works on.
func (p *Page) data() pageData {
	d := pageData{Parties: []pageParty{}, Connections: []pageConnection{}, Places: []string{}, Partly: []pagePartly{}, Chains: [][]int{}, Forbidden: []pageForbidden{}, Change: []pageChange{}, Undecided: []string{}, Bounded: p.Bounded}
	v := p.Model
	places := map[string]int{}
	place := func(at query.Place) int {
		text := safe.Text(at.String())
		i, ok := places[text]
		if !ok {
			i = len(d.Places)
			places[text] = i
			d.Places = append(d.Places, text)
		}
		return i
	}
	nodes := map[string]*Node{}
	for _, n := range p.Picture.all() {
		nodes[key(n.Party)] = n
	}
	parties := slices.Clone(v.Parties)
	index := map[*query.Party]int{}
	for _, c := range p.Connections {
		for _, end := range []*query.Party{c.From, c.To} {
			if !slices.Contains(parties, end) {
				parties = append(parties, end)
			}
		}
	}
	for i, q := range parties {
		index[q] = i
	}
	for _, q := range parties {
		_, ns := q.Sort()
		x := pageParty{Name: safe.Text(q.Name), Namespace: safe.Text(ns), Environment: safe.Text(v.Environment(ns)), Marks: []string{}, Sets: []int{}, Names: map[string][][3]int{}, Listens: numbers(v.Declared(q))}
		if n := nodes[key(q)]; n != nil {
			x.Node = n.ID
		} else if n := nodes[key(v.NamespacePods(ns))]; n != nil && len(p.Picture.Boxes) == 0 {
			x.Node, x.Inside = n.ID, true
		}
		if x.Open = [2]bool{true, true}; !q.Free {
			x.Open = [2]bool{v.Free(q, relation.Egress) == query.All, v.Free(q, relation.Ingress) == query.All}
		}
		if s, _ := q.Sort(); s != query.Outside && s != query.Everybody {
			if mark := isolation(v, q); mark != "" {
				x.Marks = append(x.Marks, mark)
			}
		}
		for name, ports := range v.PortNames(q) {
			x.Names[name] = numbers(ports)
		}
		d.Parties = append(d.Parties, x)
	}
	for i, sets := range v.Sets(parties) {
		for _, s := range sets {
			d.Parties[i].Sets = append(d.Parties[i].Sets, index[s])
		}
	}
	connection := func(c query.Connection) pageConnection {
		x := pageConnection{From: index[c.From], To: index[c.To], Text: safe.Text(c.Ports.String()), Ports: numbers(c.Ports), DNS: len(c.Because) > 0 && c.Implicit(), Because: []int{}}
		for _, at := range c.Places() {
			x.Because = append(x.Because, place(at))
		}
		return x
	}
	connections := map[*query.Connection]int{}
	for i := range p.Connections {
		c := &p.Connections[i]
		connections[c] = i
		d.Connections = append(d.Connections, connection(*c))
	}
	p.addPartly(&d, parties, connection)
	p.addChains(&d, index, connections)
	forbidden, _ := v.Forbidden(maxDenies)
	within := func(q *query.Party) []int {
		inside := []int{}
		for i, p := range parties {
			if p == q || len(forbidden)*len(parties) <= maxPairs && !p.Free && !q.Free && v.Within(p, q) {
				inside = append(inside, i)
			}
		}
		return inside
	}
	for _, f := range forbidden {
		text := "deny"
		if f.Path {
			text = "deny path"
		}
		if !f.Ports.IsEvery() {
			text += " " + f.Ports.String()
		}
		d.Forbidden = append(d.Forbidden, pageForbidden{safe.Text(f.From.Name), safe.Text(f.To.Name), text, place(f.Place), [2][]int{within(f.From), within(f.To)}})
	}
	if p.Comparison != nil {
		for i, list := range [][]query.Difference{p.Comparison.Added, p.Comparison.Removed} {
			for _, x := range list {
				c := pageChange{Opens: i == 0, From: safe.Text(x.From.Name), To: safe.Text(x.To.Name), Text: x.Ports.String(), Witness: safe.Text(x.Witness.String()), Because: []int{}}
				if x.Partly {
					c.Text += " (in part)"
				}
				for _, at := range x.Places() {
					c.Because = append(c.Because, place(at))
				}
				d.Change = append(d.Change, c)
			}
		}
	}
	for _, u := range p.Undecided {
		d.Undecided = append(d.Undecided, safe.Text(u.String()))
	}
	return d
}

// addPartly adds the pairs of parties that are permitted more than is listed for all of their members.
func (p *Page) addPartly(d *pageData, parties []*query.Party, connection func(query.Connection) pageConnection) {
	if d.PartlyKnown = len(parties)*len(parties) <= maxPairs && !p.Bounded; !d.PartlyKnown {
		return
	}
	listed := map[[2]int]relation.Ports{}
	for i, c := range p.Connections {
		listed[[2]int{d.Connections[i].From, d.Connections[i].To}] = c.Ports
	}
	work, count := 0, len(d.Connections)
	for i, from := range parties {
		for j, to := range parties {
			if d.Parties[i].Open[0] && d.Parties[j].Open[1] {
				continue
			}
			between, known := p.Model.Between(from, to), listed[[2]int{i, j}]
			if work += between.Work; work > maxWork {
				d.PartlyKnown, d.Partly, d.Connections = false, []pagePartly{}, d.Connections[:count]
				return
			}
			if between.Some[0].Intersect(between.Some[1]).Subset(known) {
				continue
			}
			if !between.All.Ports.Subset(known) {
				x := connection(between.All)
				x.Quiet = true
				d.Connections = append(d.Connections, x)
			}
			d.Partly = append(d.Partly, pagePartly{i, j, [2][][3]int{numbers(between.Some[0]), numbers(between.Some[1])}})
		}
	}
}

// addChains adds a shortest chain from each party to each other that one can get to.
func (p *Page) addChains(d *pageData, index map[*query.Party]int, connections map[*query.Connection]int) {
	if p.Bounded {
		return
	}
	g := p.Model.Graph(p.Connections)
	if g.TooMany(nil) {
		return
	}
	hops := 0
	for chain := range g.Chains(nil, nil) {
		if hops += len(chain.Hops); hops > maxHops {
			d.Chains = [][]int{}
			return
		}
		list := []int{index[chain.From]}
		for _, h := range chain.Hops {
			i, ok := connections[h]
			if !ok { // between pods that no policy isolates
				i = len(d.Connections)
				connections[h] = i
				d.Connections = append(d.Connections, pageConnection{From: index[h.From], To: index[h.To], Text: h.Ports.String(), Ports: numbers(h.Ports), Because: []int{}})
			}
			list = append(list, i)
		}
		d.Chains = append(d.Chains, list)
	}
	d.ChainsKnown = true
}

// writeInPage writes the picture, and its notes as text: a narrow page would cut lines of the picture.
func (p *Picture) writeInPage(b *bytes.Buffer) error {
	bare := *p
	bare.Notes = nil
	if err := bare.WriteSVG(b); err != nil {
		return err
	}
	for _, n := range p.Notes {
		fmt.Fprintf(b, "<p class=\"note\">%s</p>\n", text(n))
	}
	return nil
}

// Write writes the page.
func (p *Page) Write(w io.Writer) error {
	data, err := json.Marshal(p.data()) // escapes what HTML would read
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(script))
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>%s</title>
<style>%s</style>
</head>
<body>
<header>
<h1>%[2]s</h1>
<form id="ask" autocomplete="off"><label for="question">May it connect?</label> <input id="question" placeholder="A -&gt; B :PORT" list="names" size="36" spellcheck="false"> <button>Ask</button><datalist id="names"></datalist></form>
<div id="answer" role="status" aria-live="polite"></div>
<div class="tools" role="group" aria-label="Filter">
<label>Search <input id="search" type="search" spellcheck="false"></label>
<label>Namespace <select id="namespace"><option value="">all</option></select></label>
<label id="environments" hidden>Environment <select id="environment"><option value="">all</option></select></label>
<label>Port <input id="port" size="9" spellcheck="false" placeholder="443/tcp"></label>
<label id="changes" hidden><input id="change" type="checkbox"> Show the change</label>
<span id="shown" role="status"></span>
</div>
</header>
<main>
<section id="pictures" aria-label="Picture" tabindex="0">
<div id="whole">
`, base64.StdEncoding.EncodeToString(sum[:]), text(p.Picture.Title), sheet)
	if err := p.Picture.writeInPage(&b); err != nil {
		return err
	}
	b.WriteString("</div>\n")
	if p.Change != nil {
		p.Change.prefix = "zt-change"
		b.WriteString("<div id=\"difference\" hidden>\n")
		if err := p.Change.writeInPage(&b); err != nil {
			return err
		}
		b.WriteString("</div>\n")
	}
	fmt.Fprintf(&b, `</section>
<aside>
<section id="detail" aria-live="polite" aria-label="Party"><p>Choose a party in the picture or below.</p></section>
<section aria-label="Parties"><h2>Parties</h2><ul id="parties"></ul></section>
</aside>
</main>
<noscript><p>Without scripts only the picture is shown.</p></noscript>
<script type="application/json" id="data">%s</script>
<script>%s</script>
</body>
</html>
`, data, script)
	_, err = w.Write(b.Bytes())
	return err
}
