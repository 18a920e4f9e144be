package evaluate

import "fmt"

// maxFree is into how many sets the pods of all namespaces may fall that no policy isolates. With
// selectors of different label keys, their number can double with each policy.
const maxFree = 10_000

// TooManyKinds is the error that the pods that no policy isolates fall into too many sets.
type TooManyKinds struct{ Namespace string } // where the limit is exceeded

// Error returns the namespace and the limit.
func (e *TooManyKinds) Error() string { return "namespace " + e.Namespace + ": " + e.Message() }

// Message returns the limit.
func (*TooManyKinds) Message() string {
	return fmt.Sprintf("the podSelectors leave more than %d kinds of pods that no policy isolates", maxFree)
}
