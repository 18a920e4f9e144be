package resolve

// rule is a rule of Kubernetes for names. Programs write the same ones again and again, so that it
// remembers which it found right.
type rule struct {
	check func(string) []string
	right map[string]bool
}

func newRule(check func(string) []string) rule { return rule{check, map[string]bool{}} }

// problems returns what is wrong with a name.
func (r rule) problems(name string) []string {
	if r.right[name] {
		return nil
	}
	problems := r.check(name)
	if len(problems) == 0 {
		r.right[name] = true
	}
	return problems
}
