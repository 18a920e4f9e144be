package inventory

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// The group of policies of Cilium, and the version that is read.
const (
	ciliumGroupName = "cilium.io"
	ciliumV2        = ciliumGroupName + "/v2"
)

// CiliumPolicy is a policy of Cilium that Cilium accepts.
type CiliumPolicy struct {
	Object
	*ciliumpolicy.Policy
	Labels map[string]string // its own
	// Content is equal for two objects if they are equal, apart from what a cluster adds.
	Content string
	// Written is the object as it is written.
	Written *ciliumpolicy.Object
	fields  *node // where its fields are
}

// IgnoredLabel is a label by which a policy selects pods, and which Cilium ignores by default.
type IgnoredLabel struct {
	Object
	At  source.Span
	Key string
}

// sparedBy returns the directions in which a policy has no rules.
func sparedBy(p *ciliumpolicy.Policy) (out [2]bool) {
	for d := range out {
		out[d] = !p.Nodes[d] && !slices.ContainsFunc(p.Specs, func(s ciliumpolicy.Spec) bool { return len(s.Rules[d]) > 0 })
	}
	return out
}

// Fields returns where the fields of the policy are.
func (p CiliumPolicy) Fields() Fields { return Fields{p.Object.Span, p.fields} }

// At returns the line of a field from where it begins, by a path like spec.ingress[0].
func (p CiliumPolicy) At(path string) source.Span {
	n, _ := p.fields.at(path)
	if n == nil || n.offset < p.Object.Span.Start {
		return p.Object.Span
	}
	r := reader{file: p.Object.Span.File}
	return r.span(n.offset)
}

// cilium adds a policy of Cilium, if the API server and Cilium accept it. If it selects by what is not
// known, it is an object that is not evaluated.
func (f *form) cilium() {
	var written ciliumpolicy.Object
	if !f.decode("", &written) {
		return
	}
	p, problems := ciliumpolicy.Read(f.Kind, f.Namespace, f.Name, &written)
	for _, w := range problems {
		f.bad = true
		n, _ := f.n.at(w.Path)
		f.report(diag.RefusedObject, n.offset, "Cilium would refuse %s: %s: %s", f.Object, w.Path, w.Message)
	}
	if f.bad {
		return
	}
	key := f.Kind + " " + f.Namespace + "/" + f.Name
	if first, ok := f.policies[key]; ok {
		f.diags.Add(diag.New(diag.RefusedObject, f.Span, "%s is defined twice, and only one of the two would be in force", f.Object).
			WithRelated(first, "the other one"))
		return
	}
	f.policies[key] = f.Span
	for _, l := range p.Ignored {
		n, _ := f.n.at(l.Path)
		f.inventory.CiliumIgnores = append(f.inventory.CiliumIgnores, IgnoredLabel{f.Object, f.reader.span(n.offset), l.Key})
	}
	if p.Unread != "" {
		f.inventory.Foreign = append(f.inventory.Foreign, Foreign{Object: f.Object, APIVersion: f.apiVersion, Content: f.n.content(), Reason: p.Unread, About: p.About, Spares: sparedBy(p)})
		return
	}
	fields := *f.n
	policy := CiliumPolicy{Object: f.Object, Policy: p, Labels: f.n.get("metadata").get("labels").texts(), Written: &written, Content: f.n.content(), fields: &fields}
	f.inventory.CiliumPolicies = append(f.inventory.CiliumPolicies, policy)
	for _, s := range p.Specs {
		for _, list := range s.Rules {
			for _, r := range list {
				f.count(len(r.Peers))
			}
		}
	}
}
