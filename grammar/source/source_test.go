package source

import (
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

func TestPosition(t *testing.T) {
	const text = "\ufeffa\nb é🔥\xffc\r\n\n日"
	file := NewFile("f", text)
	for _, test := range []struct {
		before string // the text before the position
		people Position
		editor EditorPosition
	}{
		{"", Position{1, 1}, EditorPosition{0, 0}},
		{"\ufeff", Position{1, 1}, EditorPosition{0, 0}},
		{"\ufeffa", Position{1, 2}, EditorPosition{0, 1}},
		{"\ufeffa\n", Position{2, 1}, EditorPosition{1, 0}},
		{"\ufeffa\nb é", Position{2, 4}, EditorPosition{1, 3}},
		{"\ufeffa\nb é🔥", Position{2, 5}, EditorPosition{1, 5}},
		{"\ufeffa\nb é🔥\xff", Position{2, 6}, EditorPosition{1, 6}},
		{"\ufeffa\nb é🔥\xffc\r", Position{2, 8}, EditorPosition{1, 8}},
		{"\ufeffa\nb é🔥\xffc\r\n", Position{3, 1}, EditorPosition{2, 0}},
		{text, Position{4, 2}, EditorPosition{3, 1}},
	} {
		if got := file.Position(len(test.before)); got != test.people {
			t.Errorf("after %q: %v, want %v", test.before, got, test.people)
		}
		if got := file.EditorPosition(len(test.before)); got != test.editor {
			t.Errorf("after %q an editor is sent %v, want %v", test.before, got, test.editor)
		}
	}
	for inside := range 3 { // of the bytes of the flame
		if got := file.EditorPosition(len("\ufeffa\nb é") + 1 + inside); got != (EditorPosition{1, 3}) {
			t.Errorf("an offset inside a code point is sent as %v", got)
		}
	}
	if got := file.Position(1000); got != (Position{4, 2}) {
		t.Errorf("an offset past the text is at %v", got)
	}
}

func TestOffset(t *testing.T) {
	const text = "a\nb é🔥c\r\nd"
	file := NewFile("f", text)
	for _, test := range []struct {
		at   EditorPosition
		want string // the text before the offset
	}{
		{EditorPosition{-1, 0}, ""},
		{EditorPosition{0, 0}, ""},
		{EditorPosition{0, 5}, "a"},
		{EditorPosition{1, 2}, "a\nb "},
		{EditorPosition{1, 3}, "a\nb é"},
		{EditorPosition{1, 4}, "a\nb é"}, // between the surrogates
		{EditorPosition{1, 5}, "a\nb é🔥"},
		{EditorPosition{1, 6}, "a\nb é🔥c"},
		{EditorPosition{1, 7}, "a\nb é🔥c"}, // the carriage return ends the line
		{EditorPosition{2, 1}, text},
		{EditorPosition{3, 0}, text},
	} {
		if got := file.Offset(test.at); got != len(test.want) {
			t.Errorf("%v is at %d, want %d", test.at, got, len(test.want))
		}
	}
}

func TestExcerpt(t *testing.T) {
	file := NewExcerpt("f", "abc", 1000)
	if got := file.Position(1); got != (Position{1000, 2}) {
		t.Errorf("the excerpt is at %v", got)
	}
	if got := file.Offset(file.EditorPosition(1)); got != 1 {
		t.Errorf("offset 1 comes back as %d", got)
	}
	if text, start := file.Line(1000); text != "abc" || start != 0 || file.Lines() != 1000 {
		t.Errorf("line 1000 of %d is %q at %d", file.Lines(), text, start)
	}
}

// naive computes a position from the start of the text.
func naive(text string, offset int) (Position, EditorPosition) {
	line := strings.Count(text[:offset], "\n")
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	if start == 0 && strings.HasPrefix(text, "\ufeff") {
		start = min(offset, len("\ufeff"))
	}
	units := 0
	for _, r := range text[start:offset] {
		units += utf16.RuneLen(r)
	}
	return Position{line + 1, 1 + utf8.RuneCountInString(text[start:offset])}, EditorPosition{line, units}
}

// FuzzPosition compares positions with those counted from the start of the text, and an editor's
// position with the offset that it came from.
func FuzzPosition(f *testing.F) {
	f.Add("a\nb\r\nc", 2)
	f.Add("\ufeff"+strings.Repeat("é🔥", 2000)+"\n"+strings.Repeat("日\xff", 2000), 9000)
	f.Add(strings.Repeat("a", 1024)+"\nb", 1025)
	f.Fuzz(func(t *testing.T, text string, offset int) {
		offset = max(0, min(offset, len(text)))
		for offset > 0 && offset < len(text) && !utf8.RuneStart(text[offset]) {
			offset-- // the middle of a code point has no position of its own
		}
		file := NewFile("f", text)
		people, editor := naive(text, offset)
		if got := file.Position(offset); got != people {
			t.Errorf("offset %d: %v, want %v", offset, got, people)
		}
		if got := file.EditorPosition(offset); got != editor {
			t.Errorf("offset %d: an editor is sent %v, want %v", offset, got, editor)
		}
		if line, start := file.Line(people.Line); offset <= start+len(line) {
			if got := file.Offset(editor); got != offset && !(offset == 0 && got == len("\ufeff")) {
				t.Errorf("%v is at %d, want %d", editor, got, offset)
			}
		}
	})
}

// Ten thousand positions of one line of a megabyte take milliseconds, not a count of the line each.
func TestLongLine(t *testing.T) {
	text := strings.Repeat("é", 1<<19)
	file := NewFile("f", text)
	begin := time.Now()
	for i := range 10_000 {
		offset := (i * 7919 * 2) % len(text)
		want := Position{1, offset/2 + 1}
		if got := file.Position(offset); got != want {
			t.Fatalf("offset %d is at %v, want %v", offset, got, want)
		}
		if got := file.Offset(file.EditorPosition(offset)); got != offset {
			t.Fatalf("offset %d comes back as %d", offset, got)
		}
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("10,000 positions took %v", took)
	}
}

func BenchmarkLongLine(b *testing.B) {
	text := strings.Repeat("é", 1<<19)
	for b.Loop() {
		file := NewFile("f", text)
		for i := range 10_000 {
			file.Position((i * 7919 * 2) % len(text))
		}
	}
}

// Many goroutines may ask one file; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	file := NewFile("f", strings.Repeat("a é\n", 1000))
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for n := range 1000 {
				if got := file.Position(n * 5); got != (Position{n + 1, 1}) {
					t.Errorf("goroutine %d: offset %d is at %v", i, n*5, got)
					return
				}
			}
		}()
	}
	wait.Wait()
}
