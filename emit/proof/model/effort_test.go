package model

import (
	"os"
	"testing"
)

// effort is how much a run tries.
type effort struct {
	programs         string // of each property; -rapid.checks overrides it
	mutatedPrograms  int    // whose objects are changed
	mutantsOfKind    int    // changed objects of each kind
	placesOfExamples int    // where an example's objects are changed, for each kind
	comparedMutants  int    // of each kind, compared with the definition
	everyKind        bool   // whether each kind of change must have an effect
	ciliumPrograms   int    // compiled for Cilium
	ciliumMutants    int    // changed objects of each kind
}

var run = effort{"700", 300, 60, 2, 5, true, 30, 6}

// setEffort makes a run shorter with -short, and longer with ZT_TEST_EFFORT=full, which CI sets.
func setEffort() {
	switch {
	case testing.Short():
		run = effort{"250", 8, 2, 1, 1, false, 12, 1}
	case os.Getenv("ZT_TEST_EFFORT") == "full":
		run.programs, run.ciliumPrograms, run.ciliumMutants = "3000", 90, 30
	}
}
