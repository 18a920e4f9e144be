//go:build !race

package answer

// checks is how many clusters a plain run draws for a property; -rapid.checks says otherwise.
const checks = "200"
