package policyset

import (
	"iter"
	"slices"
)

// List is a list that cannot be changed.
type List[T any] struct{ items []T }

// ListOf returns a list of copies of the items.
func ListOf[T any](items ...T) List[T] {
	if len(items) == 0 {
		return List[T]{}
	}
	return List[T]{slices.Clone(items)}
}

// Len returns the number of items.
func (l List[T]) Len() int { return len(l.items) }

// At returns an item by its position.
func (l List[T]) At(i int) T { return l.items[i] }

// All yields the items with their positions.
func (l List[T]) All() iter.Seq2[int, T] { return slices.All(l.items) }

// Append appends the items to a slice of the caller's.
func (l List[T]) Append(to []T) []T { return append(to, l.items...) }

// Optional is a value that may be absent.
type Optional[T any] struct {
	Value   T
	Present bool
}

// Some returns a value that is present.
func Some[T any](value T) Optional[T] { return Optional[T]{value, true} }
