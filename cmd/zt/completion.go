package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// shells are the ones for which there is a completion script. All scripts are
// made from the commands and flags that there are, so that they never lag behind.
var shells = map[string]func(*strings.Builder, []*cli.Command){
	"bash": bashCompletion,
	"zsh":  zshCompletion,
	"fish": fishCompletion,
}

var shellNames = []string{"bash", "zsh", "fish"}

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a shell's completion script: bash, zsh, fish",
		UsageText: "zt completion SHELL",
		Action: atMost(1, func(c *cli.Context) error {
			shell := c.Args().First()
			write := shells[shell]
			switch near := spell.Nearest(shell, shellNames); {
			case write != nil:
			case shell == "":
				return usagef("which shell? zt completion %s", strings.Join(shellNames, "|"))
			case near != "":
				return usagef("there is no completion for %q; did you mean %q?", shell, near)
			default:
				return usagef("there is no completion for %q; it is one of %s", shell, strings.Join(shellNames, ", "))
			}
			var b strings.Builder
			write(&b, c.App.Commands)
			_, err := fmt.Fprint(c.App.Writer, b.String())
			return err
		}),
	}
}

// values lists what a flag or argument can be, where that is a fixed few.
func values(name string) []string {
	switch name {
	case "color":
		return []string{"auto", "always", "never"}
	case "layout":
		return []string{"tier", "edge"}
	case "target":
		return targets
	case "completion":
		return shellNames
	case "explain":
		var codes []string
		for _, e := range diag.Registry() {
			codes = append(codes, string(e.Code))
		}
		return codes
	}
	return nil
}

// formatValues lists the forms that a command's --format takes.
func formatValues(command string) []string {
	if command == "build" {
		return []string{"yaml", "json"}
	}
	return []string{"text", "json"}
}

func flagValues(c *cli.Command, flag string) []string {
	if flag == "format" {
		return formatValues(c.Name)
	}
	return values(flag)
}

func commandNames(all []*cli.Command) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names
}

// dashed lists a command's flags as they are written.
func dashed(c *cli.Command) []string {
	var names []string
	for _, f := range c.Flags {
		for _, n := range f.Names() {
			if len(n) == 1 {
				names = append(names, "-"+n)
			} else {
				names = append(names, "--"+n)
			}
		}
	}
	slices.Sort(names)
	return append(names, "--help")
}

func bashCompletion(b *strings.Builder, all []*cli.Command) {
	b.WriteString("# zt completion for bash: source <(zt completion bash)\n_zt() {\n")
	b.WriteString("  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n")
	b.WriteString("  COMPREPLY=()\n")
	fmt.Fprintf(b, "  if ((COMP_CWORD == 1)); then\n    COMPREPLY=($(compgen -W %q -- \"$cur\"))\n    return\n  fi\n", strings.Join(commandNames(all), " "))
	b.WriteString("  case \"${COMP_WORDS[1]} $prev\" in\n")
	for _, c := range all {
		for _, f := range c.Flags {
			if v := flagValues(c, f.Names()[0]); v != nil {
				fmt.Fprintf(b, "  '%s --%s') COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", c.Name, f.Names()[0], strings.Join(v, " "))
			}
		}
	}
	b.WriteString("  esac\n  case \"${COMP_WORDS[1]}\" in\n")
	for _, c := range all {
		words := append(dashed(c), values(c.Name)...)
		fmt.Fprintf(b, "  %s) COMPREPLY=($(compgen -W %q -- \"$cur\")) ;;\n", c.Name, strings.Join(words, " "))
	}
	b.WriteString("  esac\n")
	b.WriteString("  [[ $cur == -* ]] || COMPREPLY+=($(compgen -f -X '!*.zt' -- \"$cur\") $(compgen -d -- \"$cur\"))\n")
	b.WriteString("}\ncomplete -o filenames -F _zt zt\n")
}

func zshCompletion(b *strings.Builder, all []*cli.Command) {
	b.WriteString("#compdef zt\n# zt completion for zsh: source <(zt completion zsh)\n_zt() {\n  local -a commands\n  commands=(\n")
	for _, c := range all {
		fmt.Fprintf(b, "    '%s:%s'\n", c.Name, zshQuoted(c.Usage))
	}
	b.WriteString("  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n")
	for _, c := range all {
		fmt.Fprintf(b, "  %s)\n    shift words; ((CURRENT--))\n    _arguments", c.Name)
		for _, f := range c.Flags {
			long := f.Names()[0]
			usage := zshQuoted(f.(cli.DocGenerationFlag).GetUsage())
			switch v := flagValues(c, long); {
			case v != nil:
				fmt.Fprintf(b, " \\\n      '--%s=[%s]:%s:(%s)'", long, usage, long, strings.Join(v, " "))
			case f.(cli.DocGenerationFlag).TakesValue():
				fmt.Fprintf(b, " \\\n      '--%s=[%s]:%s:_files'", long, usage, long)
			default:
				fmt.Fprintf(b, " \\\n      '--%s[%s]'", long, usage)
			}
		}
		if v := values(c.Name); v != nil {
			fmt.Fprintf(b, " \\\n      '1:argument:(%s)'", strings.Join(v, " "))
		} else {
			b.WriteString(" \\\n      '*:input:_files -g \"*.zt\"'")
		}
		b.WriteString("\n    ;;\n")
	}
	b.WriteString("  esac\n}\nif [[ ${funcstack[1]} == _zt ]]; then\n  _zt \"$@\"\nelse\n  compdef _zt zt\nfi\n")
}

// zshQuoted leaves out of a usage what has a meaning to zsh or to the cli package.
func zshQuoted(s string) string {
	return strings.NewReplacer("`", "", "'", "", "[", "(", "]", ")", ":", ",").Replace(s)
}

func fishCompletion(b *strings.Builder, all []*cli.Command) {
	b.WriteString("# zt completion for fish: zt completion fish | source\n")
	for _, c := range all {
		fmt.Fprintf(b, "complete -c zt -n __fish_use_subcommand -f -a %s -d '%s'\n", c.Name, strings.ReplaceAll(c.Usage, "'", ""))
	}
	for _, c := range all {
		here := fmt.Sprintf("complete -c zt -n '__fish_seen_subcommand_from %s'", c.Name)
		for _, f := range c.Flags {
			fmt.Fprintf(b, "%s -l %s", here, f.Names()[0])
			for _, alias := range f.Names()[1:] {
				fmt.Fprintf(b, " -s %s", alias)
			}
			if v := flagValues(c, f.Names()[0]); v != nil {
				fmt.Fprintf(b, " -x -a '%s'", strings.Join(v, " "))
			} else if f.(cli.DocGenerationFlag).TakesValue() {
				b.WriteString(" -r")
			}
			fmt.Fprintf(b, " -d '%s'\n", strings.NewReplacer("'", "", "`", "").Replace(f.(cli.DocGenerationFlag).GetUsage()))
		}
		if v := values(c.Name); v != nil {
			fmt.Fprintf(b, "%s -f -a '%s'\n", here, strings.Join(v, " "))
		}
	}
}
