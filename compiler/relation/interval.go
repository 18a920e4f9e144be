package relation

import (
	"cmp"
	"slices"
	"sort"
)

// point is an element of a discrete, totally ordered set.
type point[T any] interface {
	Compare(T) int
	Next() T // undefined for the greatest element of a family
	Prev() T // undefined for the least
}

// interval is the elements from Lo to Hi, both included.
type interval[T point[T]] struct{ Lo, Hi T }

// intervals is a set of elements: intervals in order, no two of which share an
// element. Neighbours stay apart: 80 and 81 remain two ports, as they were
// written, until somebody names the range.
type intervals[T point[T]] []interval[T]

// union returns what is in any of the sets.
func union[T point[T]](sets ...intervals[T]) intervals[T] {
	return intervals[T](slices.Concat(sets...)).merge()
}

// merge makes a set of intervals in any order, in their place.
func (all intervals[T]) merge() intervals[T] {
	slices.SortFunc(all, func(a, b interval[T]) int { return cmp.Or(a.Lo.Compare(b.Lo), a.Hi.Compare(b.Hi)) })
	out := all[:0]
	for _, i := range all {
		switch n := len(out); {
		case n == 0 || i.Lo.Compare(out[n-1].Hi) > 0:
			out = append(out, i)
		case i.Hi.Compare(out[n-1].Hi) > 0:
			out[n-1].Hi = i.Hi
		}
	}
	return out
}

func (s intervals[T]) intersect(t intervals[T]) intervals[T] {
	var out intervals[T]
	for i, j := 0, 0; i < len(s) && j < len(t); {
		lo, hi := s[i].Lo, s[i].Hi
		if t[j].Lo.Compare(lo) > 0 {
			lo = t[j].Lo
		}
		if t[j].Hi.Compare(hi) < 0 {
			hi = t[j].Hi
		}
		if lo.Compare(hi) <= 0 {
			out = append(out, interval[T]{lo, hi})
		}
		if s[i].Hi.Compare(t[j].Hi) < 0 {
			i++
		} else {
			j++
		}
	}
	return out
}

func (s intervals[T]) subtract(t intervals[T]) intervals[T] {
	var out intervals[T]
	j := 0
	for _, i := range s {
		for j < len(t) && t[j].Hi.Compare(i.Lo) < 0 {
			j++
		}
		lo, used := i.Lo, false
		for k := j; k < len(t) && t[k].Lo.Compare(i.Hi) <= 0; k++ {
			if t[k].Lo.Compare(lo) > 0 {
				out = append(out, interval[T]{lo, t[k].Lo.Prev()})
			}
			if t[k].Hi.Compare(i.Hi) >= 0 {
				used = true
				break
			}
			lo = t[k].Hi.Next()
		}
		if !used {
			out = append(out, interval[T]{lo, i.Hi})
		}
	}
	return out
}

// subset reports whether every element of s is in t. Neighbours may cover together what none covers
// alone.
func (s intervals[T]) subset(t intervals[T]) bool { return len(s.subtract(t)) == 0 }

func (s intervals[T]) overlaps(t intervals[T]) bool {
	for _, i := range s {
		k := sort.Search(len(t), func(k int) bool { return t[k].Hi.Compare(i.Lo) >= 0 })
		if k < len(t) && t[k].Lo.Compare(i.Hi) <= 0 {
			return true
		}
	}
	return false
}

func (s intervals[T]) has(e T) bool { return s.overlaps(intervals[T]{{e, e}}) }
