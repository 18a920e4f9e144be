package inventory

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shape is the parts of an object that are read. Other parts are checked and not built: most of what
// a cluster prints is status and the bookkeeping of fields. A nil shape needs nothing.
type shape struct {
	all    bool
	fields map[string]*shape
	exact  bool // it has all fields of the API, so others are misspelt
}

var everything = &shape{all: true}

// field returns the shape of a field, or of the elements of a list. It needs a misspelt field, to
// report it.
func (s *shape) field(name string) *shape {
	if s == nil || s.all {
		return s
	}
	of, known := s.fields[name]
	if !known && s.exact {
		return everything
	}
	return of
}

// narrowed returns what is needed of an object of which everything was, once its type is known.
func (s *shape) narrowed(n *node, need func(apiVersion, kind string) *shape) *shape {
	if s == everything && need != nil && n.str("apiVersion") != "" && n.str("kind") != "" {
		return need(n.str("apiVersion"), n.str("kind"))
	}
	return s
}

// shapeOf returns the shape of the fields of a type at some paths, or of all its fields, and of what
// is read of every object.
func shapeOf(t reflect.Type, paths ...string) *shape {
	s, all := &shape{fields: map[string]*shape{}}, len(paths) == 0
	if t.Kind() == reflect.Interface { // other types report what they do not have
		paths = append(paths, holding...)
	}
	for _, path := range append(paths, "apiVersion", "kind", "metadata.name", "metadata.generateName", "metadata.namespace") {
		s.at(path)
	}
	s.complete(t, all)
	s.at("metadata").complete(reflect.TypeFor[metav1.ObjectMeta](), all)
	return s
}

// at returns the shape at a path, and adds it if there is none.
func (s *shape) at(path string) *shape {
	for key := range strings.SplitSeq(strings.TrimSuffix(path, "."), ".") {
		if s.fields[key] == nil && key != "" {
			s.fields[key] = &shape{fields: map[string]*shape{}}
		}
		s = cmp.Or(s.fields[key], s)
	}
	return s
}

// complete adds the other fields of a type of the API, which are read or not. All of a field is read
// if no path leads on from it.
func (s *shape) complete(t reflect.Type, read bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if s == nil {
		return
	}
	read = read || len(s.fields) == 0
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		s.all = len(s.fields) == 0
		for _, of := range s.fields {
			of.complete(t, false)
		}
		return
	}
	s.all, s.exact = false, true
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		switch of, ok := s.fields[name]; {
		case name == "" && t.Field(i).Anonymous:
			s.complete(t.Field(i).Type, read)
		case name == "":
		case ok:
			of.complete(t.Field(i).Type, read)
		case read:
			s.at(name).complete(t.Field(i).Type, true)
		default:
			s.fields[name] = nil
		}
	}
}

// headOnly is the shape of objects that no command uses.
var headOnly = shapeOf(reflect.TypeFor[any]())

// remembered returns a function that computes the shape of each kind once.
func remembered(need func(apiVersion, kind string) *shape) func(apiVersion, kind string) *shape {
	known := map[[2]string]*shape{}
	return func(apiVersion, kind string) *shape {
		key := [2]string{apiVersion, kind}
		s, ok := known[key]
		if !ok {
			s = need(apiVersion, kind)
			known[key] = s
		}
		return s
	}
}

// neededOf returns the shape of an object: everything of one that may be a policy.
func neededOf(apiVersion, kind string) *shape {
	if k := lookup(apiVersion, kind); k != nil && k.apiVersion(apiVersion) == apiVersion {
		return k.shape
	}
	if strings.HasSuffix(kind, "List") || canBePolicy(apiVersion, kind) {
		return everything
	}
	return headOnly
}

// evidenceOf returns the shape of an object that is read with its evidence.
func evidenceOf(apiVersion, kind string) *shape {
	if canBePolicy(apiVersion, kind) && lookup(apiVersion, kind) == nil {
		return everything
	}
	group := groupOf(apiVersion)
	if s := evidenceShapes[group+"/"+kind]; s != nil {
		return s
	}
	needed := neededOf(apiVersion, kind)
	if needed == headOnly && strings.Contains(group, ".") {
		return customOnly
	}
	return needed
}

// customOnly is the shape of a custom resource, which may show anything in its specification.
var customOnly = headOnly.with("metadata.labels", "spec", "subjects")

// evidenceShapes are the shapes of objects that show more than is read of them without evidence.
var evidenceShapes = shapesWithEvidence()

func shapesWithEvidence() map[string]*shape {
	out := map[string]*shape{
		"/ConfigMap":                     headOnly.with("data"),
		"/Node":                          headOnly.with("status.addresses", "spec.podCIDRs"),
		"rbac.authorization.k8s.io/Role": customOnly.with("rules"),
	}
	for i := range kinds {
		k := &kinds[i]
		var more []string
		switch k.kind {
		case "Service":
			more = []string{"metadata.labels", "spec.externalTrafficPolicy", "status.loadBalancer"}
		case "Namespace":
			more = []string{"metadata.annotations"}
		case "Pod":
			more = podEvidence("")
		case "CronJob":
			more = podEvidence("spec.jobTemplate.spec.template.")
		default:
			if k.shape != makerShape {
				continue
			}
			more = append(podEvidence("spec.template."), "spec.selector.matchLabels", "spec.replicas", "spec.serviceName")
		}
		out[k.group+"/"+k.kind] = k.shape.with(more...)
	}
	return out
}

// podEvidence returns the paths of what pods at a path show of their connections.
func podEvidence(pods string) []string {
	paths := []string{"metadata.annotations", "status.conditions"}
	for _, path := range []string{"serviceAccountName", "automountServiceAccountToken", "volumes"} {
		paths = append(paths, pods+"spec."+path)
	}
	for _, list := range []string{"containers", "initContainers"} {
		for _, path := range []string{"env", "envFrom", "command", "args"} {
			paths = append(paths, pods+"spec."+list+"."+path)
		}
	}
	return paths
}

// with returns a shape with all of the values at some paths as well.
func (s *shape) with(paths ...string) *shape {
	s = s.clone()
	for _, path := range paths {
		if at := s.at(path); !at.exact {
			*at = *everything
		}
	}
	return s
}

func (s *shape) clone() *shape {
	if s == nil {
		return nil
	}
	c := &shape{all: s.all, exact: s.exact}
	if s.fields != nil {
		c.fields = map[string]*shape{}
	}
	for name, of := range s.fields {
		c.fields[name] = of.clone()
	}
	return c
}
