package diag

// Limit keeps the first n diagnostics of each severity in a sorted list, and adds how many more
// there are, so that a broken program cannot fill the memory with reports.
func (l *List) Limit(n int) {
	if len(*l) <= n {
		return
	}
	var kept List
	var count [Note + 1]int
	var last [Note + 1]Diagnostic
	for _, d := range *l {
		if count[d.Severity]++; count[d.Severity] <= n {
			kept.Add(d)
			last[d.Severity] = d
		}
	}
	for severity, total := range count {
		if total > n {
			more := New(TooMuch, last[severity].Span, "%d more %ss are not shown", total-n, Severity(severity)).WithHelp("fix these first")
			more.Severity = Severity(severity)
			kept.Add(more)
		}
	}
	kept.Sort()
	*l = kept
}
