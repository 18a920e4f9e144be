package manifest

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// ReadPolicies reads back NetworkPolicies from what Marshal wrote: all of
// them, strictly. A field that the API does not know is an error, and so is any other kind. They share
// what is written alike, so that nobody may change them but in copies.
func ReadPolicies(data []byte, format Format) ([]*networkingv1.NetworkPolicy, error) {
	return ReadFiles([]File{{Data: data}}, format)
}

// ReadFiles is ReadPolicies of several files, in order. Their data must not be changed while the
// policies are in use.
func ReadFiles(files []File, format Format) ([]*networkingv1.NetworkPolicy, error) {
	read := readYAML
	if format == FormatJSON {
		read = readJSON
	}
	policies, err := read(files)
	if err != nil {
		return nil, err
	}
	for i, p := range policies {
		if p == nil || p.APIVersion != "networking.k8s.io/v1" || p.Kind != "NetworkPolicy" {
			return nil, fmt.Errorf("object %d is no NetworkPolicy of networking.k8s.io/v1", i+1)
		}
	}
	return policies, nil
}

func readJSON(files []File) ([]*networkingv1.NetworkPolicy, error) {
	var policies []*networkingv1.NetworkPolicy
	for _, f := range files {
		var l list[*networkingv1.NetworkPolicy]
		if err := yaml.UnmarshalStrict(f.Data, &l); err != nil {
			return nil, err
		}
		policies = append(policies, l.Items...)
	}
	return policies, nil
}

func readYAML(files []File) ([]*networkingv1.NetworkPolicy, error) {
	var documents []string
	for _, f := range files {
		// Nobody changes the data, and a copy of all that is emitted would be the largest thing in memory.
		more, err := split(unsafe.String(unsafe.SliceData(f.Data), len(f.Data)))
		if err != nil {
			return nil, err
		}
		documents = append(documents, more...)
	}
	policies := make([]*networkingv1.NetworkPolicy, len(documents))
	err := parallel((len(documents)+chunk-1)/chunk, func(i int) error {
		known := newKnown()
		for j := i * chunk; j < min(len(documents), (i+1)*chunk); j++ {
			p, ok := scanPolicy(documents[j], known)
			if !ok {
				if err := yaml.UnmarshalStrict([]byte(documents[j]), &p); err != nil {
					return err
				}
			}
			policies[j] = p
		}
		return nil
	})
	return policies, err
}

// split returns the documents of a stream, but for blank ones. The library reads the first
// of several and says nothing of the others, so that none may hide behind another here.
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
				start = next // else the document begins on this line
			}
		}
		at = next
	}
	add(stream[start:])
	return documents, nil
}

// marks reports whether a line is a marker between documents, with a blank behind it if anything.
func marks(line, marker string) bool {
	rest, ok := strings.CutPrefix(line, marker)
	return ok && (rest == "" || strings.IndexByte(" \t\r", rest[0]) >= 0)
}
