// Package spell finds the word that a misspelt one probably means.
package spell

// Nearest returns the candidate that is the fewest edits away from a word, and the first of several.
// It returns "" if all are too far away, or equal to the word.
func Nearest(word string, candidates []string) string {
	// A third of the word may be wrong. Words of one or two letters have no nearest one.
	limit := len(word) / 3
	best := ""
	for _, c := range candidates {
		if d := distance(word, c, limit); d <= limit && d > 0 {
			best, limit = c, d-1
		}
	}
	return best
}

// distance returns how many letters must be added, dropped, changed or
// swapped with their neighbour to make a into b, or more than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	// Rows of the table of distances between prefixes: the one before the
	// last, the last, and the one being made.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
