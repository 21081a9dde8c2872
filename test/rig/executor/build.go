package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
)

// The part of an image's config that instructions change.
type settings struct {
	Env        []string            `json:",omitempty"`
	Cmd        []string            `json:",omitempty"`
	Entrypoint []string            `json:",omitempty"`
	WorkingDir string              `json:",omitempty"`
	User       string              `json:",omitempty"`
	Labels     map[string]string   `json:",omitempty"`
	Exposed    map[string]struct{} `json:"ExposedPorts,omitempty"`
}

type imageConfig struct {
	Architecture string   `json:"architecture"`
	OS           string   `json:"os"`
	Config       settings `json:"config"`
	RootFS       struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

type stage struct {
	name   string
	config imageConfig
	layers [][]byte
}

type builder struct {
	flags   flags
	context string
	args    map[string]string
	global  map[string]string
	stages  []*stage
}

var variable = regexp.MustCompile(`\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})`)

func expand(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		if value, has := values[parts[1]+parts[2]]; has && value != "" {
			return value
		}
		return parts[3]
	})
}

func instructions(text string) [][2]string {
	var all [][2]string
	joined := regexp.MustCompile(`\\[ \t]*\r?\n`).ReplaceAllString(text, "")
	for _, line := range strings.Split(joined, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		all = append(all, [2]string{strings.ToUpper(name), strings.TrimSpace(rest)})
	}
	return all
}

// The last stage, or the one that is asked for.
func (b *builder) build(text string) (*stage, error) {
	var now *stage
	values := map[string]string{}
	info("Built cross stage deps: map[]")
	for _, one := range instructions(text) {
		name, rest := one[0], one[1]
		if name == "FROM" {
			if now != nil && now.name != "" && now.name == b.flags.text("target") {
				break
			}
			started, err := b.from(expand(rest, b.global))
			if err != nil {
				return nil, err
			}
			now, values = started, map[string]string{}
			for _, pair := range now.config.Config.Env {
				key, value, _ := strings.Cut(pair, "=")
				values[key] = value
			}
			continue
		}
		if name == "ARG" {
			key, value, _ := strings.Cut(expand(rest, values), "=")
			if given, has := b.args[key]; has {
				value = given
			} else if outer, has := b.global[key]; has && value == "" {
				value = outer
			}
			if now == nil {
				b.global[key] = value
			} else {
				values[key] = value
			}
			continue
		}
		if now == nil {
			return nil, fmt.Errorf("no build stage in current context")
		}
		info(name + " " + rest)
		if err := b.step(now, name, rest, values); err != nil {
			return nil, err
		}
	}
	if now == nil {
		return nil, fmt.Errorf("dockerfile has no stage")
	}
	return now, nil
}

func (b *builder) from(rest string) (*stage, error) {
	words := strings.Fields(rest)
	made := &stage{}
	made.config.OS, made.config.Architecture, made.config.RootFS.Type = "linux", runtime.GOARCH, "layers"
	made.config.RootFS.DiffIDs = []string{}
	if len(words) == 3 {
		made.name = words[2]
	}
	b.stages = append(b.stages, made)
	for _, other := range b.stages {
		if other.name == words[0] && other != made {
			made.config, made.layers = other.config, append([][]byte{}, other.layers...)
			return made, nil
		}
	}
	if words[0] == "scratch" {
		return made, nil
	}
	info("Retrieving image manifest " + words[0])
	config, layers, err := registry{b.flags, true}.image(parseReference(words[0]))
	if err != nil {
		return nil, err
	}
	made.layers = layers
	return made, json.Unmarshal(config, &made.config)
}

func (b *builder) step(now *stage, name, rest string, values map[string]string) error {
	settings := &now.config.Config
	switch name {
	case "COPY", "ADD":
		return b.copy(now, rest, values)
	case "RUN":
		return b.run(rest, values)
	case "ENV", "LABEL":
		for key, value := range assignments(expand(rest, values)) {
			if name == "LABEL" {
				if settings.Labels == nil {
					settings.Labels = map[string]string{}
				}
				settings.Labels[key] = value
			} else {
				values[key] = value
				settings.Env = append(settings.Env, key+"="+value)
			}
		}
	case "WORKDIR":
		settings.WorkingDir = path.Join("/", settings.WorkingDir, expand(rest, values))
	case "CMD":
		settings.Cmd = command(rest)
	case "ENTRYPOINT":
		settings.Entrypoint = command(rest)
	case "USER":
		settings.User = expand(rest, values)
	case "EXPOSE":
		settings.Exposed = map[string]struct{}{rest + "/tcp": {}}
	default:
		return fmt.Errorf("dockerfile parse error: unknown instruction: %s", name)
	}
	return nil
}

func assignments(text string) map[string]string {
	found := map[string]string{}
	for _, word := range strings.Fields(text) {
		key, value, _ := strings.Cut(word, "=")
		found[key] = strings.Trim(value, `"`)
	}
	return found
}

func command(text string) []string {
	var argv []string
	if json.Unmarshal([]byte(text), &argv) == nil {
		return argv
	}
	return []string{"/bin/sh", "-c", text}
}

// Runs in the executor's own file system, as the real one does; what it writes is not taken into the image.
func (b *builder) run(rest string, values map[string]string) error {
	cached := reference{}
	if b.flags.on("cache", false) && b.flags.on("cache-run-layers", true) {
		repository := b.flags.text("cache-repo")
		if repository == "" {
			repository = b.flags.text("destination")
			repository = repository[:strings.LastIndex(repository, ":")] + "/cache"
		}
		cached = parseReference(repository + ":" + digestOf([]byte(rest))[7:])
		if (registry{b.flags, false}).has(cached) {
			info("Using caching version of cmd: RUN " + rest)
			return nil
		}
		info("No cached layer found for cmd RUN " + rest)
	}
	argv := command(rest)
	child := exec.Command(argv[0], argv[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.Env = os.Environ()
	for key, value := range values {
		child.Env = append(child.Env, key+"="+value)
	}
	if err := child.Run(); err != nil {
		return fmt.Errorf("failed to execute command: waiting for process to exit: %w", err)
	}
	if cached.host == "" || b.flags.on("no-push-cache", false) {
		return nil
	}
	info("Pushing layer " + cached.host + "/" + cached.repository + " to cache now")
	_, err := registry{b.flags, false}.push(cached, []byte(`{"rootfs":{"type":"layers","diff_ids":[]}}`), nil)
	return err
}

func (b *builder) copy(now *stage, rest string, values map[string]string) error {
	words := strings.Fields(expand(rest, values))
	mode, root := fs.FileMode(0), b.context
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		key, value, _ := strings.Cut(words[0][2:], "=")
		words = words[1:]
		switch key {
		case "chmod":
			fmt.Sscanf(value, "%o", &mode)
		case "from":
			unpacked, err := b.unpacked(value)
			if err != nil {
				return err
			}
			root = unpacked
		}
	}
	if len(words) < 2 {
		return fmt.Errorf("COPY requires at least two arguments")
	}
	sources, to := words[:len(words)-1], words[len(words)-1]
	intoFolder := strings.HasSuffix(to, "/") || to == "." || len(sources) > 1
	to = strings.TrimPrefix(path.Join("/", map[bool]string{true: "", false: now.config.Config.WorkingDir}[strings.HasPrefix(to, "/")], to), "/")
	files := map[string]string{}
	for _, source := range sources {
		matches, _ := filepath.Glob(filepath.Join(root, source))
		if len(matches) == 0 {
			return fmt.Errorf("failed to get fileinfo for %s: lstat %s: no such file or directory", filepath.Join(root, source), filepath.Join(root, source))
		}
		for _, match := range matches {
			stat, err := os.Stat(match)
			if err != nil {
				return err
			}
			if !stat.IsDir() {
				files[map[bool]string{true: path.Join(to, filepath.Base(match)), false: to}[intoFolder]] = match
				continue
			}
			_ = filepath.Walk(match, func(at string, info fs.FileInfo, err error) error {
				below, _ := filepath.Rel(match, at)
				if name := path.Join(to, filepath.ToSlash(below)); name != "." && name != "" {
					files[name] = at
				}
				return err
			})
		}
	}
	return now.add(files, mode)
}

// A folder with the files of an earlier stage.
func (b *builder) unpacked(name string) (string, error) {
	for i, other := range b.stages {
		if other.name != name && fmt.Sprint(i) != name {
			continue
		}
		folder, err := os.MkdirTemp("", "stage")
		for _, layer := range other.layers {
			if err == nil {
				err = untar(layer, folder)
			}
		}
		return folder, err
	}
	return "", fmt.Errorf("there is no stage %s", name)
}

func untar(layer []byte, folder string) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(layer))
	if err != nil {
		return err
	}
	for reader := tar.NewReader(unzipped); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		at := filepath.Join(folder, header.Name)
		_ = os.MkdirAll(filepath.Dir(at), 0o755)
		switch header.Typeflag {
		case tar.TypeDir:
			_ = os.MkdirAll(at, 0o755)
		case tar.TypeSymlink:
			_ = os.Symlink(header.Linkname, at)
		default:
			data, _ := io.ReadAll(reader)
			_ = os.WriteFile(at, data, fs.FileMode(header.Mode))
		}
	}
}

// One layer of the files, by their names in the image.
func (s *stage) add(files map[string]string, mode fs.FileMode) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	var plain bytes.Buffer
	writer := tar.NewWriter(&plain)
	for _, name := range names {
		stat, err := os.Lstat(files[name])
		if err != nil {
			return err
		}
		target, _ := os.Readlink(files[name])
		header, _ := tar.FileInfoHeader(stat, target)
		header.Name, header.Uname, header.Gname = name, "", ""
		if stat.IsDir() {
			header.Name += "/"
		} else if mode != 0 {
			header.Mode = int64(mode)
		}
		if err := writer.WriteHeader(header); err != nil {
			return err
		}
		if stat.Mode().IsRegular() {
			data, err := os.ReadFile(files[name])
			if err != nil {
				return err
			}
			_, _ = writer.Write(data)
		}
	}
	_ = writer.Close()
	var zipped bytes.Buffer
	packer := gzip.NewWriter(&zipped)
	_, _ = packer.Write(plain.Bytes())
	_ = packer.Close()
	s.config.RootFS.DiffIDs = append(append([]string{}, s.config.RootFS.DiffIDs...), digestOf(plain.Bytes()))
	s.layers = append(s.layers, zipped.Bytes())
	return nil
}
