//go:build !race

package semantics

// How much a plain run tries.
const (
	programs         = "2000" // of a property; -rapid.checks says otherwise
	mutatedPrograms  = 300    // whose objects are mutated
	mutantsOfKind    = 60     // of them
	placesOfExamples = 2      // where an example's objects are mutated, for each kind
	comparedMutants  = 5      // of each kind, with the definition
	everyKind        = true   // whether each kind of mutation must be of use
)
