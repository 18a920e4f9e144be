package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
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
		Usage:     "print a completion script for bash, zsh or fish",
		UsageText: "zt completion SHELL",
		Description: "source <(zt completion bash)         # in ~/.bashrc\n" +
			"source <(zt completion zsh)          # in ~/.zshrc, behind compinit\n" +
			"zt completion fish | source          # in ~/.config/fish/config.fish",
		Action: atMost(1, func(c *cli.Context) error {
			shell := c.Args().First()
			write := shells[shell]
			if shell == "" {
				return usagef("which shell? zt completion %s", strings.Join(shellNames, "|"))
			}
			if write == nil {
				return usagef("there is no completion for %q; %s", shell, instead(shell, shellNames))
			}
			var b strings.Builder
			write(&b, c.App.Commands)
			_, err := fmt.Fprint(c.App.Writer, b.String())
			return err
		}),
	}
}

// arguments lists what a command's argument can be, where that is a fixed few.
func arguments(c *cli.Command) []string {
	switch c.Name {
	case "completion":
		return shellNames
	case "explain":
		return codes()
	}
	return nil
}

// takesInputs reports whether a command's arguments are topologies.
func takesInputs(c *cli.Command) bool { return strings.Contains(c.UsageText, "INPUT") }

// allowed lists what a flag can be, where that is a fixed few.
func allowed(f cli.Flag) []string {
	if c, ok := f.(*choiceFlag); ok {
		return c.allowed
	}
	return nil
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
	names := []string{"--help"}
	for _, f := range c.Flags {
		for _, n := range f.Names() {
			names = append(names, dash(n))
		}
	}
	slices.Sort(names)
	return names
}

// summary returns what a script may say of a flag or command: a line without
// anything that means something to a shell.
func summary(usage string) string {
	return strings.NewReplacer("`", "", "'", "", "[", "(", "]", ")", ":", ",").Replace(usage)
}

func summaryOf(f cli.Flag) string { return summary(f.(cli.DocGenerationFlag).GetUsage()) }

func bashCompletion(b *strings.Builder, all []*cli.Command) {
	fmt.Fprintf(b, `# zt completion for bash: source <(zt completion bash)
_zt() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} file
  COMPREPLY=()
  # bash takes --flag=value for three words
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '%s' -- "$cur"))
    return
  fi
  case "${COMP_WORDS[1]} $prev" in
`, strings.Join(commandNames(all), " "))
	for _, c := range all {
		for _, f := range c.Flags {
			if v := allowed(f); v != nil {
				fmt.Fprintf(b, "  '%s %s') COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", c.Name, dash(f.Names()[0]), strings.Join(v, " "))
			}
		}
	}
	b.WriteString("  esac\n  case \"${COMP_WORDS[1]}\" in\n")
	var readers []string
	for _, c := range all {
		fmt.Fprintf(b, "  %s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", c.Name, strings.Join(append(dashed(c), arguments(c)...), " "))
		if takesInputs(c) {
			readers = append(readers, c.Name)
		}
	}
	fmt.Fprintf(b, `  esac
  case "${COMP_WORDS[1]}" in
  %s)
    [[ $cur == -* ]] && return
    COMPREPLY=()
    while IFS= read -r file; do
      COMPREPLY+=("$file")
    done < <(compgen -f -X '!*.zt' -- "$cur"; compgen -d -- "$cur")
    ;;
  esac
}
complete -o filenames -F _zt zt
`, strings.Join(readers, " | "))
}

func zshCompletion(b *strings.Builder, all []*cli.Command) {
	b.WriteString("#compdef zt\n# zt completion for zsh: source <(zt completion zsh)\n_zt() {\n  local -a commands\n  commands=(\n")
	for _, c := range all {
		fmt.Fprintf(b, "    '%s:%s'\n", c.Name, summary(c.Usage))
	}
	b.WriteString("  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n")
	for _, c := range all {
		fmt.Fprintf(b, "  %s)\n    shift words; ((CURRENT--))\n    _arguments", c.Name)
		for _, f := range c.Flags {
			long := f.Names()[0]
			usage := summaryOf(f)
			switch v := allowed(f); {
			case v != nil:
				fmt.Fprintf(b, " \\\n      '--%s=[%s]:%s:(%s)'", long, usage, long, strings.Join(v, " "))
			case takesValue(f):
				fmt.Fprintf(b, " \\\n      '--%s=[%s]:%s:_files'", long, usage, long)
			default:
				fmt.Fprintf(b, " \\\n      '--%s[%s]'", long, usage)
			}
		}
		if v := arguments(c); v != nil {
			fmt.Fprintf(b, " \\\n      '1:argument:(%s)'", strings.Join(v, " "))
		} else if takesInputs(c) {
			b.WriteString(" \\\n      '*:input:_files -g \"*.zt\"'")
		}
		b.WriteString("\n    ;;\n")
	}
	b.WriteString("  esac\n}\nif [[ ${funcstack[1]} == _zt ]]; then\n  _zt \"$@\"\nelse\n  compdef _zt zt\nfi\n")
}

func fishCompletion(b *strings.Builder, all []*cli.Command) {
	b.WriteString("# zt completion for fish: zt completion fish | source\n")
	for _, c := range all {
		fmt.Fprintf(b, "complete -c zt -n __fish_use_subcommand -f -a %s -d '%s'\n", c.Name, summary(c.Usage))
	}
	for _, c := range all {
		here := fmt.Sprintf("complete -c zt -n '__fish_seen_subcommand_from %s'", c.Name)
		for _, f := range c.Flags {
			fmt.Fprintf(b, "%s -l %s", here, f.Names()[0])
			for _, alias := range f.Names()[1:] {
				fmt.Fprintf(b, " -s %s", alias)
			}
			if v := allowed(f); v != nil {
				fmt.Fprintf(b, " -x -a '%s'", strings.Join(v, " "))
			} else if takesValue(f) {
				b.WriteString(" -r")
			}
			fmt.Fprintf(b, " -d '%s'\n", summaryOf(f))
		}
		if v := arguments(c); v != nil {
			fmt.Fprintf(b, "%s -f -a '%s'\n", here, strings.Join(v, " "))
		}
	}
}
