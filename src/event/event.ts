/**
 * Everything that happens in a run, as data. Every folder may emit events, only `ui/` turns them into text, and the run
 * log that `why` reads keeps them. Fields are plain JSON so that an event can be stored, sent and replayed; the bus
 * adds times. An event holds no secret.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Json } from "../std/data/json.ts";

export type PhaseName =
  | "tags"
  | "build"
  | "test"
  | "render"
  | "deliver"
  | "deploy"
  | "wait"
  | "forward"
  | "watch"
  | "cleanup";

/** One difference between a key record and the record of the last success. Values are absent where they are sealed. */
export interface Change {
  readonly kind: "added" | "removed" | "changed";
  /** Path of the field, dotted: `docker.buildArgs.VERSION`, `files.src/main.go`. */
  readonly path: string;
  readonly was?: Json;
  readonly now?: Json;
}

/** The planner's verdict on one task. */
export type Verdict =
  | { readonly kind: "observe" }
  /**
   * An observation of files whose last output is used again: no path that it watches changed, except `absorbed` paths,
   * whose changes reached the containers by sync.
   */
  | { readonly kind: "kept"; readonly absorbed?: number }
  | { readonly kind: "fresh"; readonly proof: string }
  | {
      readonly kind: "stale";
      readonly reason: "never-run" | "changed" | "gone" | "failed-before" | "forced";
      readonly changes: readonly Change[];
      readonly detail?: string;
    };

/** Why a task whose dependencies are done does not run yet. */
export type Hold =
  | { readonly kind: "limit"; readonly of: string; readonly max: number }
  | { readonly kind: "barrier"; readonly waitsFor: readonly string[] }
  | { readonly kind: "paused" }
  | { readonly kind: "condition"; readonly what: string };

/** The consequence of a changed path, and the rule that decided it. */
export type PathVerdict =
  /** `unchanged`: an artifact counts the path, and its content is what the containers hold. */
  | { readonly kind: "ignored"; readonly rule: string; readonly unchanged?: true }
  | {
      readonly kind: "sync";
      readonly artifact: string;
      readonly rule: string;
      readonly destinations: readonly string[];
    }
  | { readonly kind: "rebuild"; readonly artifact: string; readonly rule: string }
  /**
   * The named task (a render, a hash) reads the path, so it is run again. `rule`: the pattern that matched
   * (`k8s/*.yaml`).
   */
  | { readonly kind: "observe"; readonly task: string; readonly rule: string }
  /** Only in run logs of version 0.1. */
  | { readonly kind: "render"; readonly source: string }
  | { readonly kind: "reload"; readonly file: string }
  | { readonly kind: "tool-made"; readonly task: string };

export type Event =
  | {
      readonly type: "run-started";
      readonly command: string;
      readonly argv: readonly string[];
      readonly run: string;
      readonly version: string;
    }
  | { readonly type: "run-ended"; readonly outcome: "ok" | "failed" | "cancelled"; readonly seconds: number }
  /** A pass of the graph begins: the first run, or a run that answers saves. */
  | {
      readonly type: "pass-started";
      /** Number of the pass in its run, from 1. */
      readonly pass: number;
      /**
       * The saves that this pass answers for, oldest first, including saves of passes that it supersedes. Empty for the
       * first run.
       */
      readonly saves: readonly {
        /** Time of the save's first file event, in milliseconds since the epoch. */
        readonly at: number;
        /** Absolute paths, only the first of them. */
        readonly paths: readonly string[];
        /** Number of paths in all. */
        readonly count: number;
      }[];
    }
  | {
      readonly type: "phase";
      readonly phase: PhaseName;
      readonly status: "started" | "done" | "failed" | "cancelled";
      readonly seconds?: number;
      readonly count?: number;
    }
  | {
      readonly type: "task-planned";
      readonly task: string;
      readonly kind: string;
      readonly verdict: Verdict;
      readonly key?: string;
    }
  | { readonly type: "task-held"; readonly task: string; readonly hold: Hold }
  | { readonly type: "task-started"; readonly task: string; readonly kind: string }
  | {
      readonly type: "task-ended";
      readonly task: string;
      readonly kind: string;
      readonly outcome: "done" | "failed" | "cancelled" | "skipped";
      readonly seconds: number;
      readonly output?: string;
      readonly diagnostics?: readonly Diagnostic[];
    }
  | { readonly type: "tag"; readonly artifact: string; readonly reference: string }
  | { readonly type: "build-started"; readonly artifact: string }
  | {
      readonly type: "build-step";
      readonly artifact: string;
      readonly step: string;
      readonly name: string;
      readonly status: "started" | "done" | "cached" | "failed";
      readonly seconds?: number;
      readonly error?: string;
    }
  | { readonly type: "build-output"; readonly artifact: string; readonly step?: string; readonly line: string }
  | {
      readonly type: "build-ended";
      readonly artifact: string;
      readonly outcome: "done" | "failed" | "cancelled";
      readonly seconds: number;
      readonly imageId?: string;
    }
  /**
   * An image of devloop's own is about to get these names at a place: the engine that builds, or a cluster's nodes by
   * their stable id. Names are full, with registry and tag.
   */
  | {
      readonly type: "image-named";
      readonly artifact: string;
      readonly imageId: string;
      readonly place: "engine" | { readonly nodes: string };
      readonly names: readonly string[];
    }
  | {
      readonly type: "deliver";
      readonly image: string;
      readonly destination: string;
      readonly how: "present" | "tagged" | "delta" | "full" | "pushed";
      readonly bytes?: number;
      readonly seconds: number;
    }
  | {
      readonly type: "apply";
      readonly object: string;
      readonly result: "unchanged" | "created" | "configured" | "restored" | "deleted";
      readonly manager?: string;
    }
  | {
      readonly type: "release";
      readonly release: string;
      readonly namespace: string;
      /** `kept`: the release was installed before, and is not upgraded on changes. */
      readonly result: "installed" | "upgraded" | "kept";
      readonly revision: number;
    }
  | { readonly type: "release-output"; readonly release: string; readonly line: string }
  | {
      readonly type: "wait";
      readonly object: string;
      readonly state: "progressing" | "ready" | "failed";
      readonly message: string;
      readonly pending?: number;
      readonly total?: number;
    }
  | {
      readonly type: "sync";
      readonly artifact: string;
      readonly files: readonly string[];
      readonly deleted: readonly string[];
      readonly containers: number;
      readonly seconds: number;
    }
  | {
      readonly type: "log";
      readonly artifact: string;
      readonly pod: string;
      readonly container: string;
      readonly namespace: string;
      readonly line: string;
    }
  | {
      readonly type: "forward";
      readonly resource: string;
      readonly namespace: string;
      readonly port: number | string;
      readonly address: string;
      readonly localPort: number;
      readonly status: "listening" | "switched" | "waiting" | "closed";
      readonly pod?: string;
    }
  | {
      /**
       * Hooks of one kind begin, print a line, or end (all have succeeded). A failure is reported by the task that the
       * hooks surround.
       */
      readonly type: "hook";
      readonly name: string;
      readonly status: "started" | "output" | "done";
      readonly line?: string;
    }
  | { readonly type: "change"; readonly path: string; readonly verdicts: readonly PathVerdict[] }
  | {
      readonly type: "save";
      readonly what: "sync" | "rebuild" | "render" | "nothing" | "failed";
      readonly paths: number;
      /** How many of the paths led to work; absent where the paths were not classified, or where there were none. */
      readonly counted?: number;
      readonly seconds: number;
      /** The reason of the failure, in one line. */
      readonly why?: string;
    }
  | { readonly type: "watching" }
  /** A command whose work is done continues to show logs and to forward ports. */
  | { readonly type: "staying" }
  | {
      readonly type: "cleanup";
      readonly object: string;
      readonly result: "deleted" | "restored" | "kept" | "ending";
      readonly why?: string;
    }
  /**
   * The program that gives the credential of a context has said a line to its user, who may have to log in, or has been
   * waited for for a while. Such a line may hold a code that lets its reader in: it is shown, and kept nowhere.
   */
  | {
      readonly type: "credential-plugin";
      readonly plugin: string;
      readonly context: string;
      readonly status: "waited-for";
    }
  | {
      readonly type: "credential-plugin";
      readonly plugin: string;
      readonly context: string;
      readonly status: "said";
      readonly line: string;
    }
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic }
  /** A notice of one line: devloop took another way than the usual one. */
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly text: string };
