//go:build race

package semantics

// programs is fewer with the race detector: it makes each take many times as
// long, and looks for what does not depend on which program it is.
const programs = "250"
