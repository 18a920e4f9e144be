package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/spell"

	"k8s.io/apimachinery/pkg/util/validation"
)

// ValueFlag is a flag with a value.
type ValueFlag struct {
	*urfave.StringFlag
	allowed   []string // the value is one of these, if there are any
	several   bool     // or some of them, separated by commas, each once
	repeats   bool     // the flag may be given several times
	completes Values
}

// Values is what a shell completes a value or an argument with.
type Values string

// The values that a shell completes.
const (
	Files        Values = "files"
	Programs     Values = "inputs"       // .zt files and folders
	Environments Values = "environments" // of the program that the other arguments name
	Parties      Values = "parties"      // the same
)

// Bool returns a flag without a value.
func Bool(name, usage string, aliases ...string) *urfave.BoolFlag {
	return &urfave.BoolFlag{Name: name, Aliases: aliases, Usage: usage, DisableDefaultText: true}
}

// String returns a flag with any value. Its usage names the value in backquotes.
func String(name, usage, value string, completes Values) *ValueFlag {
	return &ValueFlag{StringFlag: &urfave.StringFlag{Name: name, Usage: usage, Value: value}, completes: completes}
}

// Strings returns a flag like String that may be given several times.
func Strings(name, usage string, completes Values) *ValueFlag {
	f := String(name, usage, "", completes)
	f.repeats = true
	return f
}

// separator is between the values of a flag that is given several times: no value has it.
const separator = "\x00"

// ValuesOf returns the values of a flag that may be given several times.
func ValuesOf(c *Context, name string) []string {
	if !c.IsSet(name) {
		return nil
	}
	return strings.Split(c.String(name), separator)
}

// Output returns the flag --output, with its alias -o.
func Output(usage string) *ValueFlag {
	f := String("output", usage, "-", Files)
	f.Aliases = []string{"o"}
	return f
}

// Choice returns a flag whose value is one of a few. The first is the default; the usage lists all.
func Choice(name, usage string, allowed ...string) *ValueFlag {
	f := String(name, usage+": "+strings.Join(allowed, ", "), allowed[0], "")
	f.allowed = allowed
	return f
}

// Choices returns a flag like Choice whose value may be several, separated by commas, and that may be given
// several times.
func Choices(name, usage string, allowed ...string) *ValueFlag {
	f := Choice(name, usage, allowed...)
	f.several, f.repeats = true, true
	return f
}

// ChoicesOf returns the values of a flag of Choices.
func ChoicesOf(c *Context, name string) []string {
	return strings.Split(strings.ReplaceAll(c.String(name), separator, ","), ",")
}

// check refuses a value that is not allowed. Variables that are not set make empty values:
// `--namespace "$NS"` must not silently mean something else.
func (f *ValueFlag) check(value string) error {
	if value == "" {
		return Usagef("%s needs a value", dash(f.Name))
	}
	values := []string{value}
	if f.several {
		values = strings.Split(value, ",")
	}
	if f.Name == "namespace" && len(validation.IsDNS1123Label(value)) > 0 {
		return Usagef("%q is not a valid name for a namespace: use a-z, 0-9 and '-'", value)
	}
	for _, v := range values {
		if f.allowed != nil && !slices.Contains(f.allowed, v) {
			return Usagef("--%s cannot be %q; %s", f.Name, v, Instead(v, f.allowed))
		}
	}
	return nil
}

// placeholder returns the name of the value: the usage has it in backquotes.
func (f *ValueFlag) placeholder() string {
	if parts := strings.Split(f.Usage, "`"); len(parts) == 3 {
		return parts[1]
	}
	return "VALUE"
}

// Instead says what to write instead of a word that is not allowed.
func Instead(word string, allowed []string) string {
	list := "it is one of " + strings.Join(allowed, ", ")
	if len(allowed) == 1 {
		list = "it can only be " + allowed[0]
	}
	if near := Nearest(word, allowed); near != "" {
		return "did you mean " + near + "? " + strings.ToUpper(list[:1]) + list[1:]
	}
	return list
}

// Nearest returns the name that a word probably means, or "". Capitals do not matter.
func Nearest(word string, names []string) string {
	word = strings.ToLower(word)
	if slices.Contains(names, word) {
		return word
	}
	return spell.Nearest(word, names)
}

// isFlag reports whether a word of a command line is a flag.
func isFlag(word string) bool {
	return strings.HasPrefix(word, "-") && word != "-" && !strings.HasPrefix(word, "->")
}

// dash returns the name of a flag with its dashes.
func dash(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
