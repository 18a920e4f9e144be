//go:build race

package answer

// checks is fewer with the race detector, which makes each take many times as long.
const checks = "20"
