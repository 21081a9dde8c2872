package main

import (
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/bmatcuk/doublestar"
	"github.com/spf13/pflag"
)

func formatTime(asked request) (answer, error) {
	zone, err := time.LoadLocation(asked.Zone)
	if err != nil {
		return answer{}, err
	}
	seconds, err := strconv.ParseInt(asked.Nanoseconds, 10, 64)
	if err != nil {
		return answer{}, err
	}
	return answer{Text: time.Unix(0, seconds).In(zone).Format(asked.Layout)}, nil
}

func matchComponents(asked request) (answer, error) {
	return matchAll(asked, filepath.Match)
}

func matchDoublestar(asked request) (answer, error) {
	return matchAll(asked, doublestar.PathMatch)
}

func matchAll(asked request, match func(pattern, name string) (bool, error)) (answer, error) {
	var flags []bool
	for _, text := range asked.Texts {
		matched, err := match(asked.Pattern, text)
		if err != nil {
			return answer{}, err
		}
		flags = append(flags, matched)
	}
	return answer{Flags: flags}, nil
}

func globFiles(asked request) (answer, error) {
	found, err := filepath.Glob(filepath.Join(asked.Root, asked.Pattern))
	if err != nil {
		return answer{}, err
	}
	var texts []string
	for _, path := range found {
		relative, err := filepath.Rel(asked.Root, path)
		if err != nil {
			return answer{}, err
		}
		texts = append(texts, relative)
	}
	return answer{Texts: texts}, nil
}

// searchRegexp tells the first match of each text, quoted, or nothing.
func searchRegexp(asked request) (answer, error) {
	expression, err := regexp.Compile(asked.Pattern)
	if err != nil {
		return answer{}, err
	}
	var flags []bool
	var texts []string
	for _, text := range asked.Texts {
		flags = append(flags, expression.MatchString(text))
		texts = append(texts, expression.FindString(text))
	}
	return answer{Flags: flags, Texts: texts}, nil
}

func parseList(asked request) (answer, error) {
	set := pflag.NewFlagSet("oracle", pflag.ContinueOnError)
	list := set.StringSlice("list", nil, "")
	for _, text := range asked.Texts {
		if err := set.Set("list", text); err != nil {
			return answer{}, err
		}
	}
	return answer{Texts: *list}, nil
}
