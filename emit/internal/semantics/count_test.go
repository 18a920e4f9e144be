//go:build !race

package semantics

// programs is how many programs a plain run tries; -rapid.checks says otherwise.
const programs = "2000"
