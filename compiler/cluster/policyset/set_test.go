package policyset

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// example returns a set of two policies with the same peers, ports, labels and selectors.
func example() *Set {
	b := NewBuilder()
	web := Selector{ListOf(Label{"app", "web"}), ListOf(Expression{"tier", "In", ListOf("a", "b")})}
	pods := b.Peer(Peer{Namespaces: Some(web), Pods: Some(web)})
	block := b.Peer(Peer{Block: Some(Block{"10.0.0.0/8", ListOf("10.1.0.0/16")})})
	ports := b.Ports(
		Port{Protocol: Some("TCP"), Port: Some(PortValue{Number: 80}), EndPort: Some(int32(90))},
		Port{Protocol: Some("UDP"), Port: Some(PortValue{Named: true, Name: "dns"})})
	rules := ListOf(Rule{ListOf(pods, block), ports}, Rule{Ports: NoPorts})
	labels := ListOf(Label{"managed", "yes"})
	for _, name := range []string{"a", "b"} {
		b.Add(Policy{
			Name: name, Namespace: "shop", Labels: labels, Annotations: labels, PodSelector: web,
			Types: ListOf("Ingress", "Egress"), Rules: [2]List[Rule]{rules, rules},
		})
	}
	return b.Set()
}

// scramble changes everything that a value leads to.
func scramble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			scramble(v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[metav1.Time]() {
			return
		}
		for i := range v.NumField() {
			scramble(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.ValueOf("changed"))
		}
	case reflect.String:
		v.SetString("changed")
	case reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt(7)
	case reflect.Uint8:
		v.SetUint(7)
	}
}

func TestObjectsShareNothing(t *testing.T) {
	set := example()
	want := example().Objects()
	before, changed := set.Objects(), set.Objects()
	scramble(reflect.ValueOf(changed[0]))
	if cmp.Equal(want[0], changed[0]) {
		t.Fatal("nothing was changed")
	}
	for what, diff := range map[string]string{
		"the other object":    cmp.Diff(want[1], changed[1]),
		"objects made before": cmp.Diff(want, before),
		"objects made after":  cmp.Diff(want, set.Objects()),
	} {
		if diff != "" {
			t.Errorf("%s changed as well:\n%s", what, diff)
		}
	}
}

func TestSetsKeepCopies(t *testing.T) {
	objects := example().Objects()
	want := example().Objects()
	set := FromObjects(objects)
	for _, o := range objects {
		scramble(reflect.ValueOf(o))
	}
	if diff := cmp.Diff(want, set.Objects()); diff != "" {
		t.Errorf("the set changed with the objects that it was made from:\n%s", diff)
	}
	items := []string{"a"}
	list := ListOf(items...)
	items[0] = "b"
	list.Append(nil)[0] = "c"
	if list.At(0) != "a" {
		t.Error("a list changed with its items")
	}
}
