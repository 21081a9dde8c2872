package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const manifestType = "application/vnd.docker.distribution.manifest.v2+json"

type descriptor struct {
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Digest    string `json:"digest"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type reference struct{ host, repository, name string }

func parseReference(text string) reference {
	host, rest, _ := strings.Cut(text, "/")
	name := "latest"
	if repository, digest, has := strings.Cut(rest, "@"); has {
		rest, name = repository, digest
		if colon := strings.LastIndex(rest, ":"); colon > 0 {
			rest = rest[:colon]
		}
	} else if colon := strings.LastIndex(rest, ":"); colon > 0 {
		rest, name = rest[:colon], rest[colon+1:]
	}
	return reference{host, rest, name}
}

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

type registry struct {
	flags flags
	pull  bool
}

func (r registry) request(method, url, host string, body []byte, kind string) (*http.Response, []byte, error) {
	scheme := "https"
	plain := map[bool]string{true: "insecure-pull", false: "insecure"}[r.pull]
	if r.flags.on(plain, false) || slices.Contains(r.flags["insecure-registry"], host) || strings.HasPrefix(host, "localhost:") {
		scheme = "http"
	}
	if !strings.Contains(url, "://") {
		url = scheme + "://" + host + url
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	request.Header.Set("Accept", manifestType+", application/vnd.oci.image.manifest.v1+json")
	if auth := authOf(host); auth != "" {
		request.Header.Set("Authorization", "Basic "+auth)
	}
	skips := r.flags.on("skip-tls-verify", false) || slices.Contains(r.flags["skip-tls-verify-registry"], host)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: skips}}}
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: unexpected status code %d", method, url, answer.StatusCode)
	}
	return answer, said, err
}

func authOf(host string) string {
	folder := os.Getenv("DOCKER_CONFIG")
	if folder == "" {
		folder = "/kaniko/.docker"
	}
	text, err := os.ReadFile(filepath.Join(folder, "config.json"))
	if err != nil {
		return ""
	}
	var config struct {
		Auths map[string]struct{ Auth string }
	}
	_ = json.Unmarshal(text, &config)
	return config.Auths[host].Auth
}

func (r registry) checkPush(to reference) error {
	_, _, err := r.request("POST", "/v2/"+to.repository+"/blobs/uploads/", to.host, nil, "")
	return err
}

func (r registry) blob(to reference, data []byte) error {
	digest := digestOf(data)
	if answer, _, err := r.request("HEAD", "/v2/"+to.repository+"/blobs/"+digest, to.host, nil, ""); err == nil && answer.StatusCode == 200 {
		return nil
	}
	answer, _, err := r.request("POST", "/v2/"+to.repository+"/blobs/uploads/", to.host, nil, "")
	if err != nil {
		return err
	}
	location := answer.Header.Get("Location")
	joint := map[bool]string{true: "&", false: "?"}[strings.Contains(location, "?")]
	_, _, err = r.request("PUT", location+joint+"digest="+digest, to.host, data, "application/octet-stream")
	return err
}

// Pushes an image under a name; the digest by which the registry names it.
func (r registry) push(to reference, config []byte, layers [][]byte) (string, error) {
	made := manifest{2, manifestType, descriptor{"application/vnd.docker.container.image.v1+json", len(config), digestOf(config)}, []descriptor{}}
	for _, layer := range layers {
		if err := r.blob(to, layer); err != nil {
			return "", err
		}
		made.Layers = append(made.Layers, descriptor{"application/vnd.docker.image.rootfs.diff.tar.gzip", len(layer), digestOf(layer)})
	}
	if err := r.blob(to, config); err != nil {
		return "", err
	}
	text, _ := json.Marshal(made)
	_, _, err := r.request("PUT", "/v2/"+to.repository+"/manifests/"+to.name, to.host, text, manifestType)
	return digestOf(text), err
}

func (r registry) has(of reference) bool {
	_, _, err := r.request("HEAD", "/v2/"+of.repository+"/manifests/"+of.name, of.host, nil, "")
	return err == nil
}

func (r registry) image(of reference) (config []byte, layers [][]byte, err error) {
	_, text, err := r.request("GET", "/v2/"+of.repository+"/manifests/"+of.name, of.host, nil, "")
	if err != nil {
		return nil, nil, err
	}
	var found manifest
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, nil, err
	}
	get := func(digest string) (data []byte) {
		if err == nil {
			_, data, err = r.request("GET", "/v2/"+of.repository+"/blobs/"+digest, of.host, nil, "")
		}
		return data
	}
	config = get(found.Config.Digest)
	for _, layer := range found.Layers {
		layers = append(layers, get(layer.Digest))
	}
	return config, layers, err
}
