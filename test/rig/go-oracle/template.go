package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// functions are sprig's, with an environment of our own instead of the process's.
func functions() template.FuncMap {
	environment := map[string]string{"HOME": "/home/u", "EMPTY": "", "NAME": "value"}
	all := sprig.TxtFuncMap()
	all["env"] = func(name string) string { return environment[name] }
	return all
}

func expandTemplate(asked request) (answer, error) {
	data, err := decode(asked.Data)
	if err != nil {
		return answer{}, err
	}
	parsed := template.New("oracle")
	if asked.Sprig {
		parsed = parsed.Funcs(functions())
	}
	if asked.MissingKey != "" {
		parsed = parsed.Option("missingkey=" + asked.MissingKey)
	}
	parsed, err = parsed.Parse(asked.Source)
	if err != nil {
		return answer{}, fmt.Errorf("parse: %w", err)
	}
	var out strings.Builder
	if err := parsed.Execute(&out, data); err != nil {
		return answer{}, fmt.Errorf("execute: %w", err)
	}
	return answer{Text: out.String()}, nil
}

func listFunctions(request) (answer, error) {
	var names []string
	for name := range functions() {
		names = append(names, name)
	}
	sort.Strings(names)
	return answer{Texts: names}, nil
}

// decode reads a value whose kind is said: {"i": "1"}, {"f": "1.5"}, {"s": "x"}, {"b": true}, {"l": [...]}, {"m": {...}}, null.
func decode(raw json.RawMessage) (any, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var tagged map[string]json.RawMessage
	if err := json.Unmarshal(raw, &tagged); err != nil {
		return nil, err
	}
	for kind, content := range tagged {
		return decodeKind(kind, content)
	}
	return nil, fmt.Errorf("no kind in %s", raw)
}

func decodeKind(kind string, content json.RawMessage) (any, error) {
	switch kind {
	case "s":
		var text string
		err := json.Unmarshal(content, &text)
		return text, err
	case "b":
		return string(content) == "true", nil
	case "i", "f":
		var text string
		if err := json.Unmarshal(content, &text); err != nil {
			return nil, err
		}
		if kind == "i" {
			return strconv.Atoi(text)
		}
		return strconv.ParseFloat(text, 64)
	case "l":
		var items []json.RawMessage
		if err := json.Unmarshal(content, &items); err != nil {
			return nil, err
		}
		list := []any{}
		for _, item := range items {
			value, err := decode(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case "m":
		var items map[string]json.RawMessage
		if err := json.Unmarshal(content, &items); err != nil {
			return nil, err
		}
		dict := map[string]any{}
		for key, item := range items {
			value, err := decode(item)
			if err != nil {
				return nil, err
			}
			dict[key] = value
		}
		return dict, nil
	}
	return nil, fmt.Errorf("unknown kind %s", kind)
}
