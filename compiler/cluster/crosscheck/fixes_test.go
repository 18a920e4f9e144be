package crosscheck_test

import (
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// The fix for a Service's port writes the container's, where the program writes it once.
func TestFixOfServicePort(t *testing.T) {
	page, _ := diag.Page(string(diag.ServicePort))
	_, rest, _ := strings.Cut(page, "\n## Example\n")
	example, _, _ := strings.Cut(rest, "\n## ")
	manifests := fence.FindAllStringSubmatch(example, -1)[1][2]
	program := fence.FindAllStringSubmatch(example, -1)[0][2]
	list := hold(t, program, manifests)
	if len(list) != 1 || len(list[0].Fixes) != 1 {
		t.Fatalf("%+v", list)
	}
	e := list[0].Fixes[0].Edits[0]
	fixed := program[:e.Span.Start] + e.Replacement + program[e.Span.End:]
	if list := hold(t, fixed, manifests); len(list) > 0 {
		t.Errorf("the fixed program is reported: %v\n%s", list, fixed)
	}
	again := program + "client -> mail :" + e.Span.Text() + "\n"
	for _, d := range hold(t, again, manifests) {
		if d.Code == diag.ServicePort && len(d.Fixes) > 0 {
			t.Errorf("a fix of one of two places: %+v in\n%s", d.Fixes, again)
		}
	}
}
