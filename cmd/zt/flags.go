package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/spell"
)

// choiceFlag is a flag whose value is one of a few names, or, with several,
// some of them separated by commas.
type choiceFlag struct {
	*cli.StringFlag
	allowed []string
	several bool
}

// choice returns a flag of that name whose default is the first that is
// allowed. Its usage says all of them.
func choice(name, usage string, allowed ...string) *choiceFlag {
	return &choiceFlag{
		StringFlag: &cli.StringFlag{Name: name, Usage: usage + ": " + strings.Join(allowed, ", "), Value: allowed[0]},
		allowed:    allowed,
	}
}

// choices returns a flag like that of choice whose value may be several.
func choices(name, usage string, allowed ...string) *choiceFlag {
	f := choice(name, usage, allowed...)
	f.several = true
	return f
}

// check refuses a value that is not allowed.
func (f *choiceFlag) check(value string) error {
	values := []string{value}
	if f.several {
		values = strings.Split(value, ",")
	}
	for _, v := range values {
		if !slices.Contains(f.allowed, v) {
			return usagef("--%s cannot be %q; %s", f.Name, v, instead(v, f.allowed))
		}
	}
	return nil
}

// instead says what could be written instead of a word that is not allowed.
func instead(word string, allowed []string) string {
	list := "it is one of " + strings.Join(allowed, ", ")
	if len(allowed) == 1 {
		list = "it can only be " + allowed[0]
	}
	if near := nearest(word, allowed); near != "" {
		return "did you mean " + near + "? " + strings.ToUpper(list[:1]) + list[1:]
	}
	return list
}

// nearest returns which of the names was probably meant by a word, or "".
func nearest(word string, names []string) string {
	word = strings.ToLower(word)
	if slices.Contains(names, word) {
		return word // it was in capitals
	}
	return spell.Nearest(word, names)
}

// isFlag reports whether a word of a command line is meant as a flag.
func isFlag(word string) bool { return strings.HasPrefix(word, "-") && word != "-" }

// dash returns the name of a flag as it is written.
func dash(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// takesValue reports whether a flag stands with a value.
func takesValue(f cli.Flag) bool { return f.(cli.DocGenerationFlag).TakesValue() }
