package command

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/grammar/safe"
)

// tellUnread names folders with programs that were not read. Other tools read folders below a
// folder, and a program that lacks them may still compile.
func tellUnread(c *cli.Context, args []string, files *load.Recorder) {
	tell(c, "the .zt files in", files.Unread(args), "import them, or name the folders")
}

// NotePolicies names manifests with policies that a program's answer does not count: a folder with programs is
// read as a program.
func NotePolicies(c *cli.Context, args []string) {
	tell(c, "the policies in", load.UnreadPolicies(args), "name the manifests to ask about them")
}

// NotePrograms names folders with programs below folders that are read as manifests.
func NotePrograms(c *cli.Context, args []string) {
	tell(c, "the .zt files in", load.Record().Unread(args), "name the folders to ask about the programs")
}

// tell says on standard error that something was not read, if there is any, and what to do.
func tell(c *cli.Context, what string, names []string, help string) {
	if len(names) == 0 {
		return
	}
	list := strings.Join(names[:min(3, len(names))], ", ")
	if more := len(names) - 3; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	fmt.Fprintf(c.App.ErrWriter, "zt: note: not read: %s %s; %s\n", what, safe.Text(list), help)
}
