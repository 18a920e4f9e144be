package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// mutate returns a copy of objects that is changed in one place of one spec: something is removed, or a
// text is another one of the same place. It is nil if nothing was changed.
func mutate(objects []any, r *rand.Rand) []any {
	data, err := json.Marshal(objects)
	if err != nil {
		panic(err)
	}
	var out []any
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	if len(out) == 0 {
		return nil
	}
	at := r.IntN(len(out))
	if r.IntN(12) == 0 {
		return slices.Delete(out, at, at+1)
	}
	spec := out[at].(map[string]any)["spec"]
	var changes []func()
	places(spec, "", func(any) {}, func(c func()) { changes = append(changes, c) }, r)
	if len(changes) == 0 {
		return nil
	}
	changes[r.IntN(len(changes))]()
	return out
}

// others are values that a text of a field can have instead.
var others = map[string][]string{
	"port": {"80", "81", "http", "0", "443"}, "protocol": {"TCP", "UDP", "SCTP", "ANY"}, "cidr": {"0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24", "::/0"},
	"except": {"10.0.0.0/9"}, "operator": {"In", "NotIn", "Exists", "DoesNotExist"}, "matchName": {"api.example.com", "a.example.com"},
	"matchPattern": {"*.example.com", "**.example.com", "*"}, "fromEntities": {"all", "world", "kube-apiserver"}, "toEntities": {"all", "world", "kube-apiserver"},
	"key": {"app", "role", "k8s:io.kubernetes.pod.namespace"}, "values": {"a", "b", "web"},
	"domainNames": {"api.example.com", "www.example.org", "*.example.com", "*.api.example.com"}, "action": {"Accept", "Pass"}, "tier": {"Admin", "Baseline"},
}

// places calls yield with the changes that are possible in a part of a spec. set replaces the part.
func places(part any, field string, set func(any), yield func(func()), r *rand.Rand) {
	switch part := part.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(part)) {
			yield(func() { delete(part, k) })
			name := k
			if field == "matchLabels" {
				name = "values"
			}
			places(part[k], name, func(v any) { part[k] = v }, yield, r)
		}
	case []any:
		for i := range part {
			yield(func() { set(slices.Delete(slices.Clone(part), i, i+1)) })
			places(part[i], field, func(v any) { part[i] = v }, yield, r)
		}
	case string:
		for _, other := range others[field] {
			if other != part {
				yield(func() { set(other) })
			}
		}
	case float64:
		yield(func() { set(part + float64(1+r.IntN(9))) })
	default:
		panic(fmt.Sprintf("%T in a spec", part))
	}
}
