package manifest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

type thing struct {
	Kind string            `json:"kind"`
	Data map[string]string `json:"data,omitempty"`
}

// What is written is read back, in every form, and nothing else is.
func TestObjects(t *testing.T) {
	want := []thing{{"Thing", map[string]string{"a": "two\nlines", "b": "---", "c": "yes"}}, {Kind: "Thing"}}
	accept := func(o *thing) error {
		if o.Kind != "Thing" {
			return errors.New("not a Thing")
		}
		return nil
	}
	for _, format := range []Format{FormatYAML, FormatJSON} {
		for _, file := range []bool{false, true} {
			data, err := MarshalObjects(want, format, file)
			if err != nil {
				t.Fatal(err)
			}
			if format == FormatYAML && strings.HasPrefix(string(data), header) != file {
				t.Errorf("the header of a file is missing, or in a stream:\n%s", data)
			}
			got, err := ReadObjects([]File{{Data: data}}, format, accept)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v, %v from\n%s", got, err, data)
			}
			other := strings.Replace(string(data), "Thing", "Other", 1)
			if _, err := ReadObjects([]File{{Data: []byte(other)}}, format, accept); err == nil {
				t.Errorf("another kind was accepted in\n%s", other)
			}
			misspelt := strings.Replace(string(data), "data", "dates", 1)
			if _, err := ReadObjects([]File{{Data: []byte(misspelt)}}, format, accept); err == nil {
				t.Errorf("an unknown field was accepted in\n%s", misspelt)
			}
		}
	}
}
