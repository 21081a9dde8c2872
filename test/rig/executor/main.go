// Stands for the executor of kaniko v1.23.2 in tests: its flags, its way to find context and Dockerfile, its words, its
// digest file and its push. It builds and pushes real images; commands run as they do there, but leave nothing in the image.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var began = time.Now()

func info(text string) {
	fmt.Fprintf(os.Stderr, "\x1b[36mINFO\x1b[0m[%04d] %s\n", int(time.Since(began).Seconds()), text)
}

func fail(words string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", words, err)
	os.Exit(1)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func main() {
	flags, err := parseFlags(os.Args[1:])
	if err != nil {
		fail("Error", err)
	}
	if len(flags["destination"]) == 0 && !flags.on("no-push", false) {
		fail("Error", fmt.Errorf("you must provide --destination, or use --no-push"))
	}
	context, isFolder := strings.CutPrefix(flags.text("context"), "dir://")
	context = filepath.Join(context, flags.text("context-sub-path"))
	if !isFolder || !exists(context) {
		fail("Error", fmt.Errorf("error resolving source context: %s", flags.text("context")))
	}
	dockerfile := flags.text("dockerfile")
	if dockerfile == "" {
		dockerfile = "Dockerfile"
	}
	if !exists(dockerfile) {
		dockerfile = filepath.Join(context, dockerfile)
	}
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		fail("Error", fmt.Errorf("error resolving dockerfile path: please provide a valid path to a Dockerfile within the build context with --dockerfile"))
	}
	to := registry{flags, false}
	for _, destination := range flags["destination"] {
		if err := to.checkPush(parseReference(destination)); err != nil {
			fail("error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated correctly, and try again", err)
		}
	}
	args := flags.pairs("build-arg")
	for _, item := range flags["build-arg"] {
		if !strings.Contains(item, "=") {
			args[item] = os.Getenv(item)
		}
	}
	work := builder{flags: flags, context: context, args: args, global: map[string]string{}}
	made, err := work.build(string(text))
	if err != nil {
		fail("error building image: error building stage", err)
	}
	for key, value := range flags.pairs("label") {
		if made.config.Config.Labels == nil {
			made.config.Config.Labels = map[string]string{}
		}
		made.config.Config.Labels[key] = value
	}
	config, _ := json.Marshal(made.config)
	digest := ""
	for _, destination := range flags["destination"] {
		info("Pushing image to " + destination)
		digest, err = to.push(parseReference(destination), config, made.layers)
		if err != nil {
			fail("error pushing image: failed to push to destination "+destination, err)
		}
		info("Pushed " + destination[:strings.LastIndex(destination, ":")] + "@" + digest)
	}
	if file := flags.text("digest-file"); file != "" {
		if err := os.WriteFile(file, []byte(digest), 0o644); err != nil {
			fail("error pushing image: writing digest to file failed", err)
		}
	}
	if file := flags.text("image-name-with-digest-file"); file != "" {
		name := flags["destination"][0]
		_ = os.WriteFile(file, []byte(name[:strings.LastIndex(name, ":")]+"@"+digest), 0o644)
	}
}
