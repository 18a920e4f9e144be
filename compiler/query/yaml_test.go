package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// writer writes objects in the many forms that YAML has for one thing.
type writer struct{ *rand.Rand }

func (w writer) chance(percent int) bool { return w.IntN(100) < percent }

func (w writer) documents(objects []object) string {
	if len(objects) == 0 {
		return asJSON(nil)
	}
	var b strings.Builder
	for _, o := range objects {
		var generic any
		if err := json.Unmarshal([]byte(asJSON([]object{o})), &generic); err != nil {
			panic(err)
		}
		generic = generic.(object)["items"].([]any)[0]
		b.WriteString([]string{"---\n", "--- # next\n", "---\n# a comment\n\n---\n"}[w.IntN(3)])
		b.WriteString(strings.TrimLeft(w.block(generic, ""), " \n"))
		b.WriteString([]string{"", "...\n", "\n\n"}[w.IntN(3)])
	}
	if w.chance(30) {
		return "\ufeff" + strings.ReplaceAll(b.String(), "\n", "\r\n")
	}
	return b.String()
}

// block returns what stands after a key or dash, with nested lines at an indentation.
func (w writer) block(v any, indent string) string {
	out := "\n"
	switch x := v.(type) {
	case object:
		keys := slices.Sorted(maps.Keys(x))
		w.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		for i, k := range keys {
			switch {
			case i == len(keys)-1 && w.chance(5):
				out += indent + "<<: {" + w.flow(k) + ": " + w.flow(x[k]) + "}\n"
			case w.chance(5):
				out += indent + "? " + w.flow(k) + "\n" + indent + ":" + w.block(x[k], indent+"  ")
			default:
				out += indent + w.flow(k) + ":" + w.block(x[k], indent+"  ")
			}
		}
	case []any:
		for _, e := range x {
			out += indent + "-" + w.block(e, indent+"  ")
		}
	}
	if out != "\n" && !w.chance(20) {
		return out
	}
	return []string{" ", "  ", " &a "}[w.IntN(3)] + w.flow(v) + []string{"\n", " # c: d\n"}[w.IntN(2)]
}

var plainText = regexp.MustCompile(`^[A-Za-z]{3}[A-Za-z0-9/.-]*$`)

// flow returns a value on one line.
func (w writer) flow(v any) string {
	var parts []string
	switch x := v.(type) {
	case object:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, w.flow(k)+": "+w.flow(x[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, e := range x {
			parts = append(parts, w.flow(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		switch n := w.IntN(4); {
		case n < 2 && plainText.MatchString(x):
			return x
		case n == 2:
			return "'" + x + "'"
		}
		return strconv.Quote(x)
	case nil:
		return []string{"null", "~"}[w.IntN(2)]
	}
	return fmt.Sprint(v)
}
