//go:build race

package semantics

// All of these are fewer with the race detector: it makes each program take many times as
// long, and looks for what does not depend on which program it is.
const (
	programs         = "250" // of a property; -rapid.checks says otherwise
	mutatedPrograms  = 20    // whose objects are mutated
	mutantsOfKind    = 4     // of them
	placesOfExamples = 1     // where an example's objects are mutated, for each kind
	comparedMutants  = 1     // of each kind, with the definition
	everyKind        = false // whether each kind of mutation must be of use
)
