package diag

import (
	"strconv"
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

func TestLimit(t *testing.T) {
	file := source.NewFile("a.zt", "0123456789")
	var list List
	for i := range 10 {
		list.Add(New(Unexpected, source.Span{File: file, Start: i, End: i + 1}, "e%d", i))
		if i < 4 {
			list.Add(New(EveryPort, source.Span{File: file, Start: i, End: i + 1}, "w%d", i))
		}
	}
	for _, test := range []struct{ n, errors, warnings int }{{20, 10, 4}, {14, 10, 4}, {5, 6, 4}, {4, 5, 4}, {3, 4, 4}, {1, 2, 2}} {
		cut := append(List{}, list...)
		cut.Limit(test.n)
		if errors := cut.Errors(); errors != test.errors || len(cut)-errors != test.warnings {
			t.Errorf("limited to %d: %d errors, %d warnings", test.n, errors, len(cut)-errors)
		}
		for _, d := range cut {
			if d.Code == TooMuch && d.Severity == Error && d.Message != strconv.Itoa(10-test.n)+" more errors are not shown" {
				t.Errorf("limited to %d: %s", test.n, d.Message)
			}
			if d.Code == TooMuch && d.Severity == Warning && d.Message != strconv.Itoa(4-test.n)+" more warnings are not shown" {
				t.Errorf("limited to %d: %s", test.n, d.Message)
			}
		}
	}
}
