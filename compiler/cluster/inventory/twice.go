package inventory

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// workloadsTwice reports workloads that are given twice with different pods: nothing says which of the
// two is in force. Equal ones count once.
func (r *reader) workloadsTwice() {
	type key struct{ kind, namespace, name, part string }
	first := map[key]Workload{}
	r.inventory.Workloads = slices.DeleteFunc(r.inventory.Workloads, func(w Workload) bool {
		k := key{w.Kind, w.Namespace, w.Name, w.part}
		old, again := first[k]
		switch {
		case w.Name == "": // a generateName: each is an object of its own
		case !again:
			first[k] = w
		case samePods(old, w):
			return true
		default:
			r.diags.Add(diag.New(diag.UnreadableManifest, w.Span, "%s is given twice, with different pods", w.Object).
				WithRelated(old.Span, "the other one").WithHelp("give only the one that is in force"))
		}
		return false
	})
}

// servicesTwice warns of Services that are given twice and differ: nothing says which of the two is in
// force. Equal ones count once.
func (r *reader) servicesTwice() {
	type key struct{ namespace, name string }
	first := map[key]Service{}
	r.inventory.Services = slices.DeleteFunc(r.inventory.Services, func(s Service) bool {
		k := key{s.Namespace, s.Name}
		old, again := first[k]
		switch {
		case s.Name == "":
		case !again:
			first[k] = s
		case sameService(old, s):
			return true
		default:
			what := "ports"
			if !maps.Equal(old.Selector, s.Selector) {
				what = "selectors"
			}
			d := diag.New(diag.UnreadableManifest, s.Span, "%s is given twice, with different %s", s.Object, what).
				WithRelated(old.Span, "the other one").WithHelp("give only the one that is in force; questions about the Service use the first")
			d.Severity = diag.Warning
			r.diags.Add(d)
		}
		return false
	})
}

// sameService reports whether two Services lead to the same ports of the same pods.
func sameService(a, b Service) bool {
	samePort := func(p, q ServicePort) bool {
		p.Span, q.Span = source.Span{}, source.Span{}
		return p == q
	}
	return maps.Equal(a.Selector, b.Selector) && a.Headless == b.Headless && slices.EqualFunc(a.Ports, b.Ports, samePort)
}

// samePods reports whether two workloads make pods that are the same to policies.
func samePods(a, b Workload) bool {
	samePort := func(p, q Port) bool {
		p.Span, q.Span = source.Span{}, source.Span{}
		return p == q
	}
	return maps.Equal(a.Labels, b.Labels) && a.HostNetwork == b.HostNetwork && a.Owner == b.Owner && slices.EqualFunc(a.Ports, b.Ports, samePort)
}
