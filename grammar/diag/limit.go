package diag

// Limit keeps the first errors and the first warnings of a sorted list, n of each, and says how many
// more there are: nobody reads a million of them, and no machine should hold them.
func (l *List) Limit(n int) {
	if len(*l) <= n {
		return
	}
	var kept List
	var count [Warning + 1]int
	var last [Warning + 1]Diagnostic
	for _, d := range *l {
		if count[d.Severity]++; count[d.Severity] <= n {
			kept.Add(d)
			last[d.Severity] = d
		}
	}
	for severity, total := range count {
		if total > n {
			more := New(TooMuch, last[severity].Span, "%d more %ss are not shown", total-n, Severity(severity)).WithHelp("mend those that are, and see what is left")
			more.Severity = Severity(severity)
			kept.Add(more)
		}
	}
	kept.Sort()
	*l = kept
}
