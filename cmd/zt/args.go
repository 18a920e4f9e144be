package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/spell"
)

// arrange puts a command line into the order that the cli package reads
// rightly, and refuses what it would take in silence: it ignores flags that stand after an
// argument. The result is the command, its flags, "--", and its arguments.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, usagef("which command? `zt --help` lists them")
	}
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
	for rest := args[1:]; len(rest) > 0; {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			inputs = append(inputs, rest...)
			rest = nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			inputs = append(inputs, arg)
		case arg == "--help" || arg == "-h":
			return []string{command.Name, "--help"}, nil
		default:
			name, value, assigned := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			flag := flagOf(command, name)
			if flag == nil {
				return nil, unknownFlag(command, arg, name)
			}
			if slices.ContainsFunc(flags, func(f string) bool {
				return f == "--"+flag.Names()[0] || strings.HasPrefix(f, "--"+flag.Names()[0]+"=")
			}) {
				return nil, usagef("--%s is given twice", flag.Names()[0])
			}
			if _, isBool := flag.(*cli.BoolFlag); isBool {
				if assigned && value != "true" && value != "false" {
					return nil, usagef("--%s is true or false, not %q", name, value)
				}
				if !assigned || value == "true" {
					flags = append(flags, "--"+flag.Names()[0])
				}
				continue
			}
			if !assigned {
				if len(rest) == 0 {
					return nil, usagef("--%s needs a value", name)
				}
				value, rest = rest[0], rest[1:]
			}
			flags = append(flags, "--"+flag.Names()[0]+"="+value)
		}
	}
	return slices.Concat([]string{command.Name}, flags, []string{"--"}, inputs), nil
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

func flagOf(c *cli.Command, name string) cli.Flag {
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func unknownCommand(app *cli.App, name string) error {
	if strings.HasPrefix(name, "-") {
		return usagef("unknown flag %s; flags stand behind the command, and `zt --help` lists the commands", name)
	}
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	if near := spell.Nearest(name, names); near != "" {
		return usagef("unknown command %q; did you mean %q?", name, near)
	}
	return usagef("unknown command %q; the commands are %s", name, strings.Join(names, ", "))
}

func unknownFlag(c *cli.Command, arg, name string) error {
	var names []string
	for _, f := range c.Flags {
		names = append(names, f.Names()[0])
	}
	if near := spell.Nearest(name, names); near != "" {
		return usagef("zt %s has no flag %s; did you mean --%s?", c.Name, arg, near)
	}
	if len(names) == 0 {
		return usagef("zt %s has no flag %s; it has none", c.Name, arg)
	}
	return usagef("zt %s has no flag %s; it has --%s", c.Name, arg, strings.Join(names, ", --"))
}

// choice is a flag's value out of a fixed few.
func choice(c *cli.Context, flag string, allowed ...string) (string, error) {
	value := c.String(flag)
	if slices.Contains(allowed, value) {
		return value, nil
	}
	if near := spell.Nearest(value, allowed); near != "" {
		return "", usagef("--%s cannot be %q; did you mean %q?", flag, value, near)
	}
	return "", usagef("--%s cannot be %q; it is one of %s", flag, value, strings.Join(allowed, ", "))
}
