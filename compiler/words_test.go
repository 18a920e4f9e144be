package compiler_test

import (
	"regexp"
	"testing"
)

// words are what stands between spaces and punctuation, and each punctuation mark by itself.
var words = regexp.MustCompile(`[A-Za-z0-9_$.*/-]+|->|<->|!=|[^\sA-Za-z0-9_$.*/-]`)

// TestWordsReplaced writes each word of each program of testdata anew, as nothing, twice and as
// other words. Unlike fuzzing it makes the same mistakes in each run: those that people make, one at
// a time. It makes some of all that there are.
func TestWordsReplaced(t *testing.T) {
	instead := []string{"", "x", "web", "0", "99999", "80", "tcp", "icmp", "80/icmp", "tcp/icmp", "x=80/icmp", "10.0.0.0/8",
		"10.0.0.1/8", "::1", "except", "all", "any", "cluster", "internet", "nodes", "apiserver", "none", "-> web", "<->", "{", "}",
		"!", "!=", "=", ",", ":", "*", "shop/*", "$environment", "namespace", "tier", "by", "in", "isolates", "nothing", "\n", "#", "\""}
	every, n := 13, 0 // all of them take two minutes
	if testing.Short() {
		every = 199
	}
	for _, text := range corpus(t) {
		for _, at := range words.FindAllStringIndex(text, -1) {
			before, word, after := text[:at[0]], text[at[0]:at[1]], text[at[1]:]
			for _, other := range append(instead, word+" "+word) {
				if n++; n%every == 0 {
					t.Run("", func(t *testing.T) { checkMistake(t, before+other+after) })
				}
			}
		}
	}
}

// checkMistake is checkCompiles for a text that the failure must show.
func checkMistake(t *testing.T, text string) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
		if t.Failed() {
			t.Log(text)
		}
	}()
	checkCompiles(t, text)
}
