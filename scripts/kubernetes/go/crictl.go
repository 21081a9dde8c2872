package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace/noop"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	"k8s.io/klog/v2"
)

// What kind and those who load images ask of crictl: the images of a node, one of them, and what runs. Its real self
// has no Debian package. Options are taken and, but for JSON output, left alone.
const criEndpoint = "unix:///run/containerd/containerd.sock"

// The fields of an image as crictl's JSON names them. Lists are never null there.
type criImage struct {
	ID          string   `json:"id"`
	RepoTags    []string `json:"repoTags"`
	RepoDigests []string `json:"repoDigests"`
	Size        string   `json:"size"`
	Pinned      bool     `json:"pinned"`
}

func asCriImage(i *cri.Image) criImage {
	tags, digests := append([]string{}, i.RepoTags...), append([]string{}, i.RepoDigests...)
	return criImage{i.Id, tags, digests, fmt.Sprint(i.Size), i.Pinned}
}

func runCrictl() {
	words := slices.DeleteFunc(slices.Clone(os.Args[1:]), func(word string) bool {
		return strings.HasPrefix(word, "-") || word == "json"
	})
	asJSON := slices.ContainsFunc(os.Args, func(word string) bool { return strings.HasSuffix(word, "json") })
	if err := crictl(context.Background(), os.Stdout, words, asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "crictl:", err)
		os.Exit(1)
	}
}

func crictl(ctx context.Context, out io.Writer, words []string, asJSON bool) error {
	if len(words) == 0 {
		return errors.New("only images, inspecti IMAGE... and ps are here")
	}
	switch verb, names := words[0], words[1:]; verb {
	case "images":
		return listImages(ctx, out, asJSON)
	case "inspecti":
		return inspectImages(ctx, out, names)
	case "ps":
		return listRunning(ctx, out)
	default:
		return fmt.Errorf("%s is not here", verb)
	}
}

func listImages(ctx context.Context, out io.Writer, asJSON bool) error {
	log := klog.Background()
	service, err := remote.NewRemoteImageService(criEndpoint, time.Minute, noop.NewTracerProvider(), &log)
	if err != nil {
		return err
	}
	list, err := service.ListImages(ctx, nil)
	if err != nil {
		return err
	}
	images := []criImage{}
	for _, i := range list {
		images = append(images, asCriImage(i))
	}
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"images": images})
	}
	for _, i := range images {
		fmt.Fprintf(out, "%.20s  %10s  %s\n", i.ID, i.Size, strings.Join(i.RepoTags, " "))
	}
	return nil
}

func inspectImages(ctx context.Context, out io.Writer, names []string) error {
	log := klog.Background()
	service, err := remote.NewRemoteImageService(criEndpoint, time.Minute, noop.NewTracerProvider(), &log)
	if err != nil {
		return err
	}
	for _, name := range names {
		found, err := service.ImageStatus(ctx, &cri.ImageSpec{Image: name}, true)
		if err != nil {
			return err
		}
		if found.Image == nil {
			return fmt.Errorf("no such image %q present", name)
		}
		// The runtime gives its own JSON as text.
		info := json.RawMessage("null")
		if text := found.Info["info"]; json.Valid([]byte(text)) {
			info = json.RawMessage(text)
		}
		if err := json.NewEncoder(out).Encode(map[string]any{"status": asCriImage(found.Image), "info": info}); err != nil {
			return err
		}
	}
	return nil
}

func listRunning(ctx context.Context, out io.Writer) error {
	log := klog.Background()
	service, err := remote.NewRemoteRuntimeService(criEndpoint, time.Minute, noop.NewTracerProvider(), &log)
	if err != nil {
		return err
	}
	running := &cri.ContainerFilter{State: &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}}
	list, err := service.ListContainers(ctx, running)
	if err != nil {
		return err
	}
	for _, c := range list {
		fmt.Fprintf(out, "%.13s  %s  %s\n", c.Id, c.Metadata.GetName(), c.Labels["io.kubernetes.pod.name"])
	}
	return nil
}
