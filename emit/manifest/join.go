package manifest

import "bytes"

// Join returns one manifest with the objects of two that were written in the same form, the objects of
// the first before those of the second. An empty one has no objects.
func Join(a, b []byte, format Format) []byte {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	case format == FormatJSON:
		return joinLists(a, b)
	}
	return bytes.Join([][]byte{a, bytes.TrimPrefix(b, []byte(header))}, []byte(Separator))
}

// The ends of a List, without objects and with some.
const (
	emptyListEnd = "]\n}\n"
	listEnd      = "\n  " + emptyListEnd
)

func joinLists(a, b []byte) []byte {
	for _, other := range []struct{ empty, full []byte }{{a, b}, {b, a}} {
		if string(other.empty) == listHeader+emptyListEnd {
			return other.full
		}
	}
	return bytes.Join([][]byte{bytes.TrimSuffix(a, []byte(listEnd)), bytes.TrimPrefix(b, []byte(listHeader))}, []byte(","))
}
