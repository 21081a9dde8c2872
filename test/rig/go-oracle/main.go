// Command oracle answers what Go itself makes of templates, times, globs, regular expressions and flags, so that tests
// compare devloop's own implementations with the real ones. One JSON request a line in, one JSON answer a line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type request struct {
	Op string `json:"op"`

	// template
	Source     string          `json:"source"`
	Data       json.RawMessage `json:"data"`
	MissingKey string          `json:"missingKey"`
	Sprig      bool            `json:"sprig"`

	// time
	Nanoseconds string `json:"nanoseconds"`
	Zone        string `json:"zone"`
	Layout      string `json:"layout"`

	// match, doublestar, glob, regexp, list
	Pattern string   `json:"pattern"`
	Texts   []string `json:"texts"`
	Root    string   `json:"root"`
}

type answer struct {
	Text  string   `json:"text"`
	Texts []string `json:"texts,omitempty"`
	Flags []bool   `json:"flags,omitempty"`
	Error string   `json:"error,omitempty"`
}

var operations = map[string]func(request) (answer, error){
	"template":   expandTemplate,
	"functions":  listFunctions,
	"time":       formatTime,
	"match":      matchComponents,
	"doublestar": matchDoublestar,
	"glob":       globFiles,
	"regexp":     searchRegexp,
	"list":       parseList,
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		if err := out.Encode(respond(in.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// respond never panics: a panic of the code under question is its error.
func respond(line []byte) (result answer) {
	defer func() {
		if caught := recover(); caught != nil {
			result = answer{Error: fmt.Sprint("panic: ", caught)}
		}
	}()
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	operation, ok := operations[asked.Op]
	if !ok {
		return answer{Error: "unknown operation " + asked.Op}
	}
	result, err := operation(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return result
}
