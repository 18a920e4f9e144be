package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts a command line into the order that the cli package reads
// rightly, and refuses what it would take in silence: it ignores flags that stand after an
// argument, and exits with codes of its own. The result is the command, its flags, each as --name=value, "--", and its arguments.
func arrange(app *cli.App, args []string) ([]string, error) {
	switch args[0] {
	case "--help", "-h":
		return []string{"--help"}, nil
	case "help":
		if len(args) == 1 {
			return []string{"--help"}, nil
		}
		args = []string{args[1], "--help"}
	case "--version", "-v":
		args = append([]string{"version"}, args[1:]...)
	}
	command := app.Command(args[0])
	if command == nil {
		return nil, unknownCommand(app, args[0])
	}
	var flags, inputs []string
	given := map[string]bool{}
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
			if given[long] {
				return nil, usagef("%s is given twice", long)
			}
			given[long] = true
			if !takesValue(flag) {
				if assigned {
					return nil, usagef("%s takes no value", long)
				}
				flags = append(flags, long)
				continue
			}
			if !assigned && len(rest) > 0 && !isFlag(rest[0]) {
				value, rest = rest[0], rest[1:]
			}
			if err := checkValue(flag, value); err != nil {
				return nil, err
			}
			flags = append(flags, long+"="+value)
		}
	}
	return slices.Concat([]string{command.Name}, flags, []string{"--"}, inputs), nil
}

// checkValue refuses what a flag cannot be. To be empty is what variables do that
// are not set: `--namespace "$NS"` must not silently mean something else.
func checkValue(flag cli.Flag, value string) error {
	if value == "" {
		return usagef("%s needs a value", dash(flag.Names()[0]))
	}
	if c, ok := flag.(*choiceFlag); ok {
		return c.check(value)
	}
	return nil
}

// atMost refuses more arguments than a command takes.
func atMost(n int, action cli.ActionFunc) cli.ActionFunc {
	return func(c *cli.Context) error {
		if c.NArg() > n {
			return usagef("unexpected argument %q; usage: %s", c.Args().Get(n), c.Command.UsageText)
		}
		return action(c)
	}
}

// flagOf returns the flag of a command that is written so, or nil.
func flagOf(c *cli.Command, written string) cli.Flag {
	for _, f := range c.Flags {
		if slices.ContainsFunc(f.Names(), func(name string) bool { return dash(name) == written }) {
			return f
		}
	}
	return nil
}

func unknownCommand(app *cli.App, name string) error {
	if isFlag(name) {
		return usagef("unknown flag %s; flags stand behind the command, and `zt --help` lists the commands", name)
	}
	names := commandNames(app.Commands)
	if near := nearest(name, names); near != "" {
		return usagef("unknown command %q; did you mean %q?", name, near)
	}
	return usagef("unknown command %q; the commands are %s", name, strings.Join(names, ", "))
}

func unknownFlag(c *cli.Command, written string) error {
	names := []string{"help"}
	for _, f := range c.Flags {
		names = append(names, f.Names()[0])
	}
	if near := nearest(strings.TrimLeft(written, "-"), names); near != "" {
		return usagef("zt %s has no flag %s; did you mean %s?", c.Name, written, dash(near))
	}
	for i, n := range names {
		names[i] = dash(n)
	}
	return usagef("zt %s has no flag %s; it has %s", c.Name, written, strings.Join(names, ", "))
}
