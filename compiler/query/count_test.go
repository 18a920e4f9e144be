package query

import (
	"os"
	"testing"
)

// checks returns how many clusters a run draws for each property: fewer with -short, more with
// ZT_TEST_EFFORT=full, which CI sets. -rapid.checks overrides it.
func checks() string {
	switch {
	case testing.Short():
		return "25"
	case os.Getenv("ZT_TEST_EFFORT") == "full":
		return "300"
	}
	return "100"
}
