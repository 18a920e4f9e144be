package wiring

import (
	"slices"
	"testing"
)

func TestMentions(t *testing.T) {
	for text, want := range map[string][]string{
		"redis:6379":                      {"redis:6379"},
		"redis:6379,redis-2:6379":         {"redis:6379", "redis-2:6379"},
		"http://api/v1?to=x":              {"http://api"},
		"postgres://u:p@db.data:5432/x":   {"postgres://db.data:5432"},
		"--addr=api:80":                   {"api:80"},
		"/etc/api/api.conf":               nil,
		"$(HOST):80":                      nil,
		"API_1":                           nil,
		"# api:80\nweb:81 # not: comment": {"web:81"},
		"a: b:1":                          {"b:1"},
		"until nc -z mq 5672; do":         {"mq:5672"},
		"redis:6379 10.0.0.1":             {"redis:6379"},
		"http://api 10.0.0.1":             {"http://api"},
		"mongodb://a:1,b:2/db":            {"mongodb://a:1", "b:2"},
		"jdbc:mysql://db:3306/shop":       {"mysql://db:3306"},
	} {
		var got []string
		for _, m := range mentionsIn(text) {
			if m.port > 0 || m.scheme != "" {
				got = append(got, m.String())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
