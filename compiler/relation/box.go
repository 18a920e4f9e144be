package relation

// And returns what both of two rules for pods of the same namespaces permit, if there is anything.
func (r Rule) And(q Rule, f *Facts) (Rule, bool) {
	if !r.Own.Overlaps(q.Own) || !r.Peer.Overlaps(q.Peer, f) {
		return Rule{}, false
	}
	ports := r.Ports.And(q.Ports)
	return Rule{r.Own.Intersect(q.Own), r.Peer.Intersect(q.Peer), ports}, !ports.IsEmpty()
}

// Minus returns what a rule permits and another does not, exactly, as rules that do not overlap. It
// returns false if they have nothing in common.
func (r Rule) Minus(q Rule, f *Facts) ([]Rule, bool) {
	both, some := r.And(q, f)
	if !some {
		return []Rule{r}, false
	}
	var rest []Rule
	for _, own := range r.Own.Subtract(q.Own) {
		rest = append(rest, Rule{own, r.Peer, r.Ports})
	}
	for _, peer := range r.Peer.Subtract(q.Peer, f) {
		rest = append(rest, Rule{both.Own, peer, r.Ports})
	}
	if ports := r.Ports.Minus(q.Ports); !ports.IsEmpty() {
		rest = append(rest, Rule{both.Own, both.Peer, ports})
	}
	return rest, true
}
