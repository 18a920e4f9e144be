package relation

import (
	"slices"
	"strings"
)

// This file decides which names patterns match, and whether there is one that some patterns match and
// others do not.
//
// Patterns end in what tells them apart: the domain. So a pattern is a machine that reads a name from
// its end, and most patterns stop being possible after a few characters. The search for a name goes
// through the states that all machines together can reach, each once, and the shortest names first.

// machine is a pattern from its end. A byte is itself, but for these two.
type machine []byte

const (
	anyChars byte = '*'  // characters of a label, or none
	anyRest  byte = '\n' // the last: whole labels, one or more
)

func machineOf(pattern string) machine {
	rest, any := strings.CutPrefix(pattern, AnyLabels)
	if any = any && (rest == "" || rest[0] == '.'); !any {
		rest = pattern
	}
	m := machine(rest)
	slices.Reverse(m)
	if any {
		m = append(m, anyRest)
	}
	return slices.CompactFunc(m, func(a, b byte) bool { return a == anyChars && b == anyChars })
}

// state is the positions in a machine that what was read can lead to, in order. It is empty if the
// pattern cannot match any more.
type state []uint16

func (m machine) start() state { return m.enter(nil, 0) }

// enter adds a position, and those that are reached without a character.
func (m machine) enter(s state, at uint16) state {
	for {
		if !slices.Contains(s, at) {
			s = append(s, at)
		}
		if int(at) == len(m) || m[at] != anyChars {
			return s
		}
		at++
	}
}

// read returns the state after a character.
func (m machine) read(s state, c byte) state {
	var next state
	for _, at := range s {
		switch {
		case int(at) == len(m):
			if at > 0 && m[at-1] == anyRest {
				next = m.enter(next, at)
			}
		case m[at] == anyChars:
			if c != '.' {
				next = m.enter(next, at)
			}
		case m[at] == anyRest || m[at] == c:
			next = m.enter(next, at+1)
		}
	}
	slices.Sort(next)
	return next
}

// accepts reports whether the pattern matches what was read.
func (m machine) accepts(s state) bool { return slices.Contains(s, uint16(len(m))) }

// matchesHost reports whether a pattern matches a name.
func matchesHost(pattern, name string) bool {
	if isName(pattern) {
		return pattern == name
	}
	m := machineOf(pattern)
	s := m.start()
	for i := len(name) - 1; i >= 0 && len(s) > 0; i-- {
		s = m.read(s, name[i])
	}
	return m.accepts(s)
}

// hostChars are the characters of labels.
const hostChars = "abcdefghijklmnopqrstuvwxyz0123456789-_"

// maxHostReads is how many characters the machines of a search read together, one in each of their states.
const maxHostReads = 400_000

// hostSearch is a state of all machines, and the end of a name that leads to it.
type hostSearch struct {
	states []state
	end    string
}

// findHost returns a name that all of some patterns match and none of others does, if there is one. It
// is not known if the search gave up.
func findHost(in, out []string) (name string, found, known bool) {
	var machines []machine
	var start []state
	for _, p := range slices.Concat(in, out) {
		m := machineOf(p)
		machines, start = append(machines, m), append(start, m.start())
	}
	chars := searched(slices.Concat(in, out))
	seen := map[string]bool{}
	queue := []hostSearch{{start, ""}}
	reads := 0
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		whole := at.end != "" && at.end[0] != '.' // no label is empty
		if whole && accepted(machines, at.states, len(in)) {
			return at.end, true, true
		}
		for _, c := range chars {
			if c == '.' && !whole {
				continue
			}
			if reads += len(machines); reads > maxHostReads {
				return "", false, false
			}
			next := hostSearch{make([]state, len(machines)), string(c) + at.end}
			possible := true
			for i, m := range machines {
				next.states[i] = m.read(at.states[i], c)
				possible = possible && (i >= len(in) || len(next.states[i]) > 0)
			}
			if !possible {
				continue
			}
			if key := next.key(c == '.'); !seen[key] {
				seen[key] = true
				queue = append(queue, next)
			}
		}
	}
	return "", false, true
}

// accepted reports whether the first machines all accept their states, and no other does.
func accepted(machines []machine, states []state, first int) bool {
	for i, m := range machines {
		if m.accepts(states[i]) != (i < first) {
			return false
		}
	}
	return true
}

// key returns bytes that only equal states share.
func (h hostSearch) key(afterDot bool) string {
	b := []byte{0}
	if afterDot {
		b[0] = 1
	}
	for i, s := range h.states {
		if len(s) == 0 {
			continue
		}
		b = append(b, byte(i), byte(i>>8), byte(len(s)), byte(len(s)>>8))
		for _, at := range s {
			b = append(b, byte(at), byte(at>>8))
		}
	}
	return string(b)
}

// searched returns the characters that a search tries: those of the patterns, one for all others, and
// the dot.
func searched(patterns []string) []byte {
	var chars []byte
	other := false
	for i := range len(hostChars) {
		named := slices.ContainsFunc(patterns, func(p string) bool { return strings.IndexByte(p, hostChars[i]) >= 0 })
		if named || !other {
			chars = append(chars, hostChars[i])
		}
		other = other || !named
	}
	return append(chars, '.')
}
