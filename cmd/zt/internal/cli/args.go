package cli

import (
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// normalizeArgs brings a command line into the one order that the library reads correctly: by
// itself, it ignores flags after an argument. The result is the command, its flags, each as
// --name=value, "--", and the arguments; or "--help", or a command and "--help".
func normalizeArgs(commands []*Command, args []string) ([]string, error) {
	switch args[0] {
	case "--help", "-h", "help":
		rest := slices.DeleteFunc(slices.Clone(args[1:]), isFlag)
		if len(rest) == 0 {
			return []string{"--help"}, nil
		}
		args = []string{rest[0], "--help"}
	case "--version", "-v", "-V":
		args = append([]string{"version"}, args[1:]...)
	}
	command := find(commands, args[0])
	if command == nil {
		return nil, unknownCommand(commands, args[0])
	}
	var flags, inputs []string
	given := map[string]string{} // the values so far
	for rest := args[1:]; len(rest) > 0; {
		word := rest[0]
		rest = rest[1:]
		switch {
		case word == "--":
			inputs = append(inputs, rest...)
			rest = nil
		case word == "--help" || word == "-h":
			return []string{command.Name, "--help"}, nil
		case !isFlag(word):
			inputs = append(inputs, word)
		default:
			name, value, assigned := strings.Cut(word, "=")
			flag := flagOf(command, name)
			if flag == nil {
				return nil, unknownFlag(command, name)
			}
			long := dash(flag.Names()[0])
			valued, ok := flag.(*ValueFlag)
			before, again := given[long]
			if again && (!ok || !valued.repeats) {
				return nil, Usagef("%s is given twice", long)
			}
			given[long] = before
			if !ok {
				if assigned {
					return nil, Usagef("%s takes no value", long)
				}
				flags = append(flags, long)
				continue
			}
			if !assigned && len(rest) > 0 && !isFlag(rest[0]) {
				value, rest = rest[0], rest[1:]
			}
			err := valued.check(value)
			if err != nil {
				return nil, err
			}
			if value, err = outputOf(command, long, value); err != nil {
				return nil, err
			}
			if again {
				value = before + separator + value
			}
			if valued.several {
				if twice := repeated(strings.Split(strings.ReplaceAll(value, separator, ","), ",")); twice != "" {
					return nil, Usagef("%s names %s twice", long, twice)
				}
			}
			given[long] = value
			flags = append(flags, long+"="+value) // of a flag given twice, the last counts
		}
	}
	return slices.Concat([]string{command.Name}, flags, []string{"--"}, inputs), nil
}

// repeated returns a value that a list has twice, or "".
func repeated(list []string) string {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			return v
		}
	}
	return ""
}

// outputOf returns the value of --output: "-" also for other names of standard output, which is not
// to be opened again and replaced. It refuses `-o yaml`, which kubectl taught many to write for a
// format.
func outputOf(c *Command, long, value string) (string, error) {
	if long != "--output" {
		return value, nil
	}
	format, ok := flagOf(c, "--format").(*ValueFlag)
	if ok && slices.Contains(format.allowed, value) {
		return "", Usagef("-o is where the result goes; for the format, write `--format %s` (for a path of that name, `-o ./%s`)", value, value)
	}
	named, err := os.Stat(value)
	stdout, err2 := os.Stdout.Stat()
	if err == nil && err2 == nil && os.SameFile(named, stdout) {
		return "-", nil
	}
	return value, nil
}

// AtMost refuses more arguments than a command accepts.
func AtMost(n int, action urfave.ActionFunc) urfave.ActionFunc {
	return func(c *Context) error {
		if c.NArg() > n {
			return Usagef("unexpected argument %q; usage: %s", c.Args().Get(n), c.Command.UsageText)
		}
		return action(c)
	}
}

// flagOf returns the flag of a command that is written so, or nil.
func flagOf(c *Command, written string) Flag {
	for _, f := range c.flags() {
		if slices.ContainsFunc(f.Names(), func(name string) bool { return dash(name) == written }) {
			return f
		}
	}
	return nil
}

func unknownCommand(commands []*Command, name string) error {
	if isFlag(name) {
		return Usagef("unknown flag %s; flags come after the command, and `zt --help` lists the commands", name)
	}
	if hint := commandHints[strings.ToLower(name)]; hint != "" {
		return Usagef("unknown command %q; %s", name, hint)
	}
	names := commandNames(commands)
	if near := Nearest(name, names); near != "" {
		return Usagef("unknown command %q; did you mean %q?", name, near)
	}
	return Usagef("unknown command %q; the commands are %s", name, strings.Join(names, ", "))
}

func unknownFlag(c *Command, written string) error {
	if hint := flagHint(c, written); hint != "" {
		return Usagef("zt %s has no flag %s; %s", c.Name, written, hint)
	}
	names := []string{"help"}
	for _, f := range c.flags() {
		names = append(names, f.Names()[0])
	}
	if near := Nearest(strings.TrimLeft(written, "-"), names); near != "" {
		return Usagef("zt %s has no flag %s; did you mean %s?", c.Name, written, dash(near))
	}
	for i, n := range names {
		names[i] = dash(n)
	}
	return Usagef("zt %s has no flag %s; it has %s", c.Name, written, strings.Join(names, ", "))
}

// commandNames lists the commands that help shows.
func commandNames(all []*Command) []string {
	var names []string
	for _, c := range shown(all) {
		names = append(names, c.Name)
	}
	return names
}
