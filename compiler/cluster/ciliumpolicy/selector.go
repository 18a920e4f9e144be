package ciliumpolicy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// The labels that Cilium gives a pod because of its namespace.
const (
	namespaceKey       = "io.kubernetes.pod.namespace"
	namespaceKeyPrefix = "io.cilium.k8s.namespace.labels."
	clusterKey         = "io.cilium.k8s.policy.cluster"
)

// selected is what a selector requires.
type selected struct {
	pods, namespaces []relation.Requirement
	named            bool // it names namespaces
	labelled         bool // it selects namespaces by their labels
	clusters         bool // it says which clusters of a mesh, and what is in none of them meets that
	reserved         []requirement
	doubts           []string // why it may match less than the requirements say
}

// requirement is a requirement of a label of Cilium's own.
type requirement struct {
	key    string
	values relation.Values
}

// selector reads a label selector, and reports what Cilium refuses.
func (r *reader) selector(s *metav1.LabelSelector, at string) selected {
	var out selected
	if s == nil {
		return out
	}
	keys := make([]string, 0, len(s.MatchLabels))
	for k := range s.MatchLabels {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		v := s.MatchLabels[k]
		where := at + ".matchLabels[" + k + "]"
		for _, m := range validation.IsValidLabelValue(v) {
			r.wrong(where, "%q: %s", v, m)
		}
		if r.labelKey(k, where) && out.add(k, relation.In(v)) {
			r.ignored = append(r.ignored, IgnoredLabel{where, nameOf(k)})
		}
	}
	for i, e := range s.MatchExpressions {
		where := fmt.Sprintf("%s.matchExpressions[%d]", at, i)
		values := relation.NotExists()
		valued := false
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			values, valued = relation.In(e.Values...), true
		case metav1.LabelSelectorOpNotIn:
			values, valued = relation.NotIn(e.Values...), true
		case metav1.LabelSelectorOpExists:
			values = relation.Exists()
		case metav1.LabelSelectorOpDoesNotExist:
		default:
			r.wrong(where+".operator", "%q is not one of In, NotIn, Exists, DoesNotExist", e.Operator)
			continue
		}
		if valued != (len(e.Values) > 0) {
			r.wrong(where+".values", "operator %s with %d values", e.Operator, len(e.Values))
		}
		for j, v := range e.Values {
			for _, m := range validation.IsValidLabelValue(v) {
				r.wrong(fmt.Sprintf("%s.values[%d]", where, j), "%q: %s", v, m)
			}
		}
		if r.labelKey(e.Key, where+".key") && out.add(e.Key, values) {
			r.ignored = append(r.ignored, IgnoredLabel{where, nameOf(e.Key)})
		}
	}
	return out
}

// sourceName matches where a label is from, before a colon in a key.
var sourceName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// labelKey reports whether a key is one that Cilium accepts: one of Kubernetes, with or without where
// the label is from (pkg/labels/validation.go, IsValidCiliumLabelKey).
func (r *reader) labelKey(key, at string) bool {
	source, name, has := strings.Cut(key, ":")
	if !has {
		name = key
	}
	switch wrong := validation.IsQualifiedName(name); {
	case has && !sourceName.MatchString(source):
		r.wrong(at, "%q: what stands before the colon must be letters and digits, such as k8s", key)
	case len(wrong) > 0:
		r.wrong(at, "%q: %s", key, wrong[0])
	default:
		return true
	}
	return false
}

// nameOf returns a key without where the label is from.
func nameOf(key string) string {
	_, name, has := strings.Cut(key, ":")
	if !has {
		return key
	}
	return name
}

// add adds a requirement. Pods have labels of the source k8s only, which a key without a source and one
// of the source any match, too. It reports whether Cilium ignores the label by default.
func (s *selected) add(key string, values relation.Values) (ignored bool) {
	source, name, has := strings.Cut(key, ":")
	if !has {
		source, name = "any", key
	}
	label, isNamespace := strings.CutPrefix(name, namespaceKeyPrefix)
	switch {
	case source == "reserved":
		s.reserved = append(s.reserved, requirement{name, values})
	case source != "k8s" && source != "any":
		s.doubts = append(s.doubts, fmt.Sprintf("which pods have labels of the source %s", source))
	case name == namespaceKey:
		s.named = true
		s.namespaces = append(s.namespaces, relation.Requirement{Key: relation.NameLabel, Values: values})
	case isNamespace:
		s.labelled = true
		s.namespaces = append(s.namespaces, relation.Requirement{Key: label, Values: values})
	case strings.HasPrefix(name, "io.cilium.k8s.policy."):
		s.clusters = s.clusters || name == clusterKey && values.Absent
		s.doubts = append(s.doubts, "which pods have the label "+name)
	case Unidentified(name):
		s.doubts = append(s.doubts, NotSelected(name))
		return true
	default:
		s.pods = append(s.pods, relation.Requirement{Key: name, Values: values})
	}
	return false
}

// NotSelected is what nothing says of a selector with a label that Cilium ignores by default.
func NotSelected(key string) string {
	return "whether Cilium is configured to select by the label " + key
}

// Unidentified reports whether Cilium ignores a label of pods by default: it is no part of their
// identity (pkg/labelsfilter/filter.go, defaultLabelPrefixCfg).
func Unidentified(key string) bool {
	for _, prefix := range []string{"io.kubernetes", "kubernetes.io", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
		"batch.kubernetes.io/job-completion-index", "batch.kubernetes.io/controller-uid", "k8s.io", "pod-template-generation",
		"pod-template-hash", "controller-revision-hash", "controller-uid", "annotation", "etcd_node", "topology.kubernetes.io"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return strings.Contains(key, "beta.kubernetes.io")
}

// UnidentifiedOf lists the labels by which a policy of the whole cluster selects pods, and which Cilium ignores by
// default.
func UnidentifiedOf(p *clusterpolicy.Policy) (out []string) {
	add := func(s relation.Selector) {
		for _, k := range s.Keys() {
			if Unidentified(k.Key) && !slices.Contains(out, k.Key) {
				out = append(out, k.Key)
			}
		}
	}
	add(p.Subject.Labels)
	for _, rules := range p.Rules {
		for _, r := range rules {
			for _, peer := range r.Peers {
				if of, ok := peer.Of.(relation.Pods); ok {
					add(of.Labels)
				}
			}
		}
	}
	return out
}

// doubt returns why the selector may match less than its requirements say.
func (s selected) doubt() string { return strings.Join(s.doubts, ", and ") }

// subject returns the pods that a spec is about, and why these are not known. In the namespaced kind they
// are of its own namespace. What a selector's label k8s:io.kubernetes.pod.namespace says is ignored there
// (pkg/k8s/apis/cilium.io/utils/utils.go, ParseToCiliumRule). none is set if it selects what is no pod of a
// relation: Cilium's own probes, for example. open is set if it can select what is no pod, and so change what reaches
// other pods.
func (r *reader) subject(s *metav1.LabelSelector, at string) (of relation.Pods, doubt string, open, none bool) {
	if r.namespace != "" {
		s = s.DeepCopy()
		delete(s.MatchLabels, "k8s:"+namespaceKey)
	}
	x := r.selector(s, at)
	if r.namespace != "" {
		x.namespaces = append(x.namespaces, relation.Requirement{Key: relation.NameLabel, Values: relation.In(r.namespace)})
	}
	doubt = x.doubt()
	for _, q := range x.reserved {
		doubt = "which pods have the label reserved:" + q.key
		// What enters by Cilium's own proxy can reach pods behind it: ingress stays open.
		if part, ok := reservedParts[q.key]; ok && part == NoPart && q.key != "ingress" && !q.values.Absent {
			return x.peer(), "", false, true
		}
	}
	return x.peer(), doubt, len(x.reserved) > 0, false
}

// peer returns the pods that meet the requirements.
func (s selected) peer() relation.Pods {
	return relation.Pods{Namespaces: relation.Select(s.namespaces...), Labels: relation.Select(s.pods...)}
}

// endpoints returns the peers that a selector of a rule matches.
func (r *reader) endpoints(s *metav1.LabelSelector, at string) []Peer {
	x := r.selector(s, at)
	if len(x.reserved) > 0 { // then Cilium adds no namespace
		if len(x.reserved) == 1 && len(x.pods)+len(x.namespaces)+len(x.doubts) == 0 && x.reserved[0].values.Has("", true) && !x.reserved[0].values.Absent {
			if part, ok := reservedParts[x.reserved[0].key]; ok {
				if part == NoPart {
					if what := ofCilium[x.reserved[0].key]; what != "" {
						r.isBeyond(at, what)
					}
					return nil
				}
				return []Peer{{Of: relation.AddrPeer(relation.EveryAddr), Part: part, At: at}}
			}
		}
		doubt := "what has the label reserved:" + x.reserved[0].key
		return []Peer{{Of: relation.PodPeer(relation.Selector{}, relation.Selector{}), Doubt: doubt, At: at}, {Of: relation.AddrPeer(relation.EveryAddr), Part: Everywhere, Doubt: doubt, At: at}}
	}
	if r.namespace != "" && !x.named && !x.labelled {
		x.namespaces = append(x.namespaces, relation.Requirement{Key: relation.NameLabel, Values: relation.In(r.namespace)})
	}
	out := []Peer{{Of: x.peer(), Doubt: x.doubt(), At: at}}
	if x.clusters { // then Cilium adds no cluster, and nodes and addresses, which are in none, can match
		out = append(out, Peer{Of: relation.AddrPeer(relation.EveryAddr), Part: Everywhere, Doubt: x.doubt(), At: at})
	}
	return out
}

// reservedParts is what has a label of the source reserved: addresses, or nothing that a relation has.
var reservedParts = map[string]Part{
	"host": SomeNodes, "remote-node": SomeNodes, "kube-apiserver": APIServer,
	"health": NoPart, "ingress": NoPart, "init": NoPart, "unmanaged": NoPart, "none": NoPart,
}

// ofCilium is what connects to pods and is neither a pod nor an address for Cilium. Its probes connect to no pod
// of a user, and what a pod is that it does not know yet, it knows soon.
var ofCilium = map[string]string{
	"ingress": "Cilium's Ingress and Gateway", "unmanaged": "pods that Cilium does not manage",
}
