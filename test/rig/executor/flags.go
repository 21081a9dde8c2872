package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The kinds of the executor's flags at v1.23.2, by its documentation. Nothing else is a flag.
var kinds = map[string]string{
	"build-arg": "list", "cache": "bool", "cache-copy-layers": "bool", "cache-dir": "text", "cache-repo": "text",
	"cache-run-layers": "bool", "cache-ttl": "duration", "cleanup": "bool", "compressed-caching": "bool",
	"context": "text", "context-sub-path": "text", "custom-platform": "text", "destination": "list",
	"digest-file": "text", "dockerfile": "text", "force": "bool", "force-build-metadata": "bool", "git": "text",
	"ignore-path": "list", "ignore-var-run": "bool", "image-fs-extract-retry": "int",
	"image-name-tag-with-digest-file": "text", "image-name-with-digest-file": "text", "insecure": "bool",
	"insecure-pull": "bool", "insecure-registry": "list", "kaniko-dir": "text", "label": "list",
	"log-format": "text", "log-timestamp": "bool", "no-push": "bool", "no-push-cache": "bool",
	"oci-layout-path": "text", "push-ignore-immutable-tag-errors": "bool", "push-retry": "int",
	"registry-certificate": "list", "registry-client-cert": "list", "registry-map": "list",
	"registry-mirror": "list", "reproducible": "bool", "single-snapshot": "bool",
	"skip-default-registry-fallback": "bool", "skip-push-permission-check": "bool", "skip-tls-verify": "bool",
	"skip-tls-verify-pull": "bool", "skip-tls-verify-registry": "list", "skip-unused-stages": "bool",
	"snapshot-mode": "text", "tar-path": "text", "target": "text", "use-new-run": "bool", "verbosity": "text",
}

type flags map[string][]string

func (f flags) text(name string) string {
	if all := f[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

func (f flags) on(name string, otherwise bool) bool {
	if len(f[name]) == 0 {
		return otherwise
	}
	on, _ := strconv.ParseBool(f.text(name))
	return on
}

func (f flags) pairs(name string) map[string]string {
	pairs := map[string]string{}
	for _, item := range f[name] {
		key, value, _ := strings.Cut(item, "=")
		pairs[key] = value
	}
	return pairs
}

func parseFlags(args []string) (flags, error) {
	found := flags{}
	for i := 0; i < len(args); i++ {
		name, value, has := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		kind, known := kinds[name]
		if !strings.HasPrefix(args[i], "--") || !known {
			return nil, fmt.Errorf("unknown flag: %s", args[i])
		}
		if !has && kind == "bool" {
			value = "true"
		} else if !has {
			if i++; i == len(args) {
				return nil, fmt.Errorf("flag needs an argument: --%s", name)
			}
			value = args[i]
		}
		var wrong error
		switch kind {
		case "bool":
			_, wrong = strconv.ParseBool(value)
		case "int":
			_, wrong = strconv.Atoi(value)
		case "duration":
			_, wrong = time.ParseDuration(value)
		}
		if wrong != nil {
			return nil, fmt.Errorf("invalid argument %q for \"--%s\" flag: %v", value, name, wrong)
		}
		found[name] = append(found[name], value)
	}
	return found, nil
}
