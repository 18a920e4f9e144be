package hosts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/itchyny/gojq"
)

// viewer is whom the token belongs to.
const viewer = "a-bot"

// pageSize is how many comments GitHub returns at a time.
const pageSize = 100

// comment is one of a pull request.
type comment struct{ author, body string }

// fakeGitHub answers what the action asks GitHub, for the one pull request that there is.
type fakeGitHub struct {
	t        *testing.T
	url      string
	mu       sync.Mutex
	comments []comment
}

func newFakeGitHub(t *testing.T) *fakeGitHub {
	g := &fakeGitHub{t: t}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *fakeGitHub) add(author, body string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.comments = append(g.comments, comment{author, body})
}

// written returns the comments of the token.
func (g *fakeGitHub) written() (bodies []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.comments {
		if c.author == viewer {
			bodies = append(bodies, c.body)
		}
	}
	return bodies
}

func (g *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Query     string
		Variables struct {
			Owner, Name, EndCursor, ID, Body string
			Number                           int
		}
		Body string
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || r.Header.Get("Authorization") != "token secret" {
		http.Error(w, fmt.Sprintf("%v, %v", err, r.Header), http.StatusBadRequest)
		return
	}
	v := request.Variables
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case r.URL.Path == "/repos/shop/shop/issues/3/comments":
		g.comments = append(g.comments, comment{viewer, request.Body})
	case r.URL.Path == "/graphql" && strings.Contains(request.Query, "updateIssueComment"):
		i, err := strconv.Atoi(v.ID)
		if err != nil || i >= len(g.comments) || g.comments[i].author != viewer || v.Body == "" {
			http.Error(w, "this comment cannot be edited", http.StatusForbidden)
			return
		}
		g.comments[i].body = v.Body
		io.WriteString(w, "{}")
	case r.URL.Path == "/graphql" && v.Owner+"/"+v.Name == "shop/shop" && v.Number == 3:
		from, _ := strconv.Atoi(v.EndCursor)
		to := min(from+pageSize, len(g.comments))
		nodes := []any{}
		for i, c := range g.comments[from:to] {
			nodes = append(nodes, map[string]any{"id": strconv.Itoa(from + i), "body": c.body, "viewerDidAuthor": c.author == viewer})
		}
		page := map[string]any{"hasNextPage": to < len(g.comments), "endCursor": strconv.Itoa(to)}
		comments := map[string]any{"nodes": nodes, "pageInfo": page}
		json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"repository": map[string]any{"pullRequest": map[string]any{"comments": comments}}}})
	default:
		http.Error(w, "no such thing", http.StatusNotFound)
	}
}

// fakeGH is the variable by which these tests are the command gh, for the server that it names.
const fakeGH = "ZT_FAKE_GH"

// runGH does what `gh api` does with the arguments that the action gives it.
func runGH(server string, args []string) error {
	if len(args) < 2 || args[0] != "api" {
		return fmt.Errorf("gh %q", args)
	}
	fields := map[string]any{}
	var path, filter string
	paginate, silent := false, false
	for i := 1; i < len(args); i++ {
		switch args[i] {
		case "--paginate":
			paginate = true
		case "--silent":
			silent = true
		case "-X", "--jq", "-f", "-F":
			name, value, _ := strings.Cut(args[i+1], "=")
			switch args[i] {
			case "--jq":
				filter = args[i+1]
			case "-f":
				fields[name] = value
			case "-F": // names a file, or is a number
				fields[name] = value
				if file, ok := strings.CutPrefix(value, "@"); ok {
					text, err := os.ReadFile(file)
					if err != nil {
						return err
					}
					fields[name] = string(text)
				} else if n, err := strconv.Atoi(value); err == nil {
					fields[name] = n
				}
			}
			i++
		default:
			if path != "" {
				return fmt.Errorf("gh %q", args)
			}
			path = args[i]
		}
	}
	for {
		body := fields
		if path == "graphql" {
			variables := map[string]any{}
			for name, value := range fields {
				if name != "query" {
					variables[name] = value
				}
			}
			body = map[string]any{"query": fields["query"], "variables": variables}
		}
		answer, err := post(server+"/"+path, body)
		if err != nil {
			return err
		}
		if silent {
			return nil
		}
		if err := printJQ(filter, answer); err != nil {
			return err
		}
		next, _ := find(answer, "data", "repository", "pullRequest", "comments", "pageInfo").(map[string]any)
		if !paginate || next["hasNextPage"] != true {
			return nil
		}
		fields["endCursor"] = next["endCursor"]
	}
}

func post(url string, body any) (answer any, err error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest("POST", url, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "token "+os.Getenv("GH_TOKEN"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(string(text))
	}
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &answer)
	}
	return answer, err
}

// printJQ prints what a filter of jq selects, as gh does with the same library.
func printJQ(filter string, value any) error {
	query, err := gojq.Parse(filter)
	if err != nil {
		return err
	}
	found := query.Run(value)
	for {
		v, ok := found.Next()
		if !ok {
			return nil
		}
		if err, ok := v.(error); ok {
			return err
		}
		fmt.Println(v)
	}
}

// find returns what is in objects of objects.
func find(value any, keys ...string) any {
	for _, k := range keys {
		object, _ := value.(map[string]any)
		value = object[k]
	}
	return value
}
