package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
)

const (
	apiVersion = "networking.k8s.io/v1"
	kind       = "NetworkPolicy"
)

// Read reads back all NetworkPolicies of files that zt wrote, in order. It is strict: a field that
// the API does not know is an error, and so is any other kind.
func Read(files []File, format Format) (*policyset.Set, error) {
	r := newReader(format)
	divide, strict := split, yaml.UnmarshalStrict
	if format == FormatJSON {
		divide, strict = items, strictJSON
	}
	for _, f := range files {
		documents, err := divide(string(f.Data))
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			if r.scan(d) {
				continue
			}
			var p *networkingv1.NetworkPolicy
			if err := strict([]byte(d), &p); err != nil {
				return nil, err
			}
			if p == nil || p.APIVersion != apiVersion || p.Kind != kind {
				return nil, fmt.Errorf("object %d is not a NetworkPolicy of networking.k8s.io/v1", r.set.Len()+1)
			}
			r.set.AddObject(p)
		}
	}
	return r.set.Set(), nil
}

// items returns the items of a List in JSON, each as scan reads it.
func items(data string) ([]string, error) {
	if rest, ok := strings.CutPrefix(data, listHeader); ok {
		// Lines end only between tokens, so each part is an item if it is a whole object.
		const last, end = "\n    }", "\n  ]\n}\n"
		var out []string
		for strings.HasPrefix(rest, "\n    {") {
			i := strings.Index(rest, last)
			if i < 0 {
				break
			}
			out = append(out, rest[len("\n   "):i+len(last)])
			switch rest = rest[i+len(last):]; {
			case rest == end:
				return out, nil
			case strings.HasPrefix(rest, ","):
				rest = rest[1:]
			}
		}
	}
	var l struct {
		metav1.TypeMeta `json:",inline"`
		Items           []json.RawMessage `json:"items"`
	}
	if err := strictJSON([]byte(data), &l); err != nil {
		return nil, err
	}
	out := make([]string, len(l.Items))
	for i, item := range l.Items {
		out[i] = string(item)
	}
	return out, nil
}

// strictJSON reads JSON. Unknown fields and fields that occur twice are errors.
func strictJSON(data []byte, into any, _ ...yaml.JSONOpt) error {
	strict, err := kjson.UnmarshalStrict(data, into)
	return errors.Join(append(strict, err)...)
}

// split returns the documents of a stream, except blank ones. The library reads only the first of
// several documents and ignores the others, so it must never get more than one.
func split(stream string) ([]string, error) {
	var documents []string
	add := func(d string) {
		if strings.TrimSpace(d) != "" {
			documents = append(documents, d)
		}
	}
	start := 0
	for at := 0; at < len(stream); {
		line := stream[at:]
		next := len(stream)
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], at+i+1
		}
		switch {
		case marks(line, "..."):
			return nil, errors.New("the end of a document is marked by three dots")
		case marks(line, "---"):
			add(stream[start:at])
			start = at
			if strings.TrimRight(line, " \t\r") == "---" {
				start = next // otherwise the document begins on this line
			}
		}
		at = next
	}
	add(stream[start:])
	return documents, nil
}

// marks reports whether a line is a marker between documents, alone or before a blank.
func marks(line, marker string) bool {
	rest, ok := strings.CutPrefix(line, marker)
	return ok && (rest == "" || strings.IndexByte(" \t\r", rest[0]) >= 0)
}
