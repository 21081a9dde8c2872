/**
 * The flags of `deploy.kubectl.flags` for applying. Those that mean something to devloop's own apply are its own: without
 * `--server-side` the last writer wins, as with kubectl's apply; with it a field of another manager is an error, unless
 * `--force-conflicts` is given. Any other flag of kubectl makes the module's objects be written by the user's `kubectl`, one
 * by one, with the flags as they are. What kubectl has no flag for is refused.
 */
import { defaultManager } from "../../cluster/objects/apply.ts";
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import { parseGoDuration } from "../../std/go/go-duration.ts";
import { type FlagWord, kubectlWords } from "./kubectl-words.ts";
import { labelMatcher } from "./label-selector.ts";

export interface ApplyFlags {
  readonly manager: string;
  /** True: the last writer wins. */
  readonly force: boolean;
  /** False: fields that a kind does not have are accepted. */
  readonly validate: boolean;
  /** `--force`: an object of devloop's that cannot be changed is deleted and made anew. */
  readonly replace?: boolean;
  /** Nothing is written. */
  readonly dryRun?: boolean;
  /** For the deletion of what is replaced or pruned. */
  readonly graceSeconds?: number;
  readonly propagation?: Propagation;
  /** How long is waited until what is replaced is gone. */
  readonly goneMs?: number;
  /** Limit of one request; absent: the connection's own. */
  readonly requestMs?: number;
  /** What left the manifests is deleted, where its labels match and its kind is in the list. */
  readonly prune?: { readonly selector: string; readonly kinds: readonly string[] };
  /** The user's kubectl writes: the flag that asks for it, and all flags in the order of the reference tool. */
  readonly kubectl?: { readonly because: string; readonly flags: readonly string[] };
}

export type Propagation = "Background" | "Foreground" | "Orphan";

export interface FlagsSection {
  readonly global: readonly string[];
  readonly apply: readonly string[];
  readonly delete: readonly string[];
  readonly disableValidation: boolean;
  /** Places of the items of `apply`, in order. */
  readonly applyAt: readonly Place[];
}

export const usualFlags: ApplyFlags = { manager: defaultManager, force: true, validate: true };

/** They change nothing of what is applied. `--context` and `--namespace` are read with the configuration. */
const withoutEffect = [
  "--allow-missing-template-keys",
  "--cache-dir",
  "--context",
  "--disable-compression",
  "--log-flush-frequency",
  "--namespace",
  "--recursive",
  "--show-managed-fields",
  "--wait",
];
const pruning = ["--prune", "--all", "--applyset", "--selector", "--prune-allowlist", "--prune-whitelist"];

type Report = (diagnostic: Diagnostic) => void;

export function readApplyFlags(section: FlagsSection, report: Report): ApplyFlags {
  const words = [
    ...kubectlWords(section.global, "apply", report),
    ...kubectlWords(section.apply, "apply", report, section.applyAt),
  ];
  const read = flagReader(words, report);
  const serverSide = read.is("--server-side");
  const dryRun = read.text("--dry-run");
  if (dryRun !== undefined && !["", "none", "client", "server", "unchanged"].includes(dryRun))
    read.refuse("--dry-run", `--dry-run is none, server or client, not ${dryRun}`);
  const validate = read.text("--validate");
  if (validate !== undefined && !["", "true", "strict", "warn", "ignore", "false"].includes(validate))
    read.refuse("--validate", `--validate is strict, warn or ignore, not ${validate}`);
  const other = words.find(({ flag, value }) => !isNative(flag, value));
  const manager = read.text("--field-manager");
  if (manager === "") read.refuse("--field-manager", "--field-manager needs a name");
  return {
    manager: manager || defaultManager,
    force: !serverSide || read.is("--force-conflicts"),
    validate: !section.disableValidation && !["false", "ignore", "warn"].includes(validate ?? ""),
    ...(read.is("--force") ? { replace: true } : {}),
    ...(dryRun === undefined || dryRun === "none" ? {} : { dryRun: true }),
    ...deletionFlags(read),
    ...read.duration("--request-timeout", "requestMs"),
    ...pruneFlags(read),
    ...(other === undefined
      ? {}
      : {
          kubectl: {
            because: other.flag,
            flags: [
              ...words
                .filter(({ flag }) => !pruning.includes(flag) && flag !== "--dry-run")
                .flatMap((word) => word.words),
              ...(manager ? [] : [`--field-manager=${defaultManager}`]),
              ...(section.disableValidation ? ["--validate=false"] : []),
            ],
          },
        }),
  };
}

/** What both deleting and replacing are told by their flags. */
export function deletionFlags(read: FlagReader): Pick<ApplyFlags, "graceSeconds" | "propagation" | "goneMs"> {
  const grace = read.text("--grace-period");
  if (grace !== undefined && !/^-?\d+$/.test(grace)) read.refuse("--grace-period", `${grace} is no number of seconds`);
  const cascade = read.text("--cascade");
  const propagation = propagations[cascade ?? ""];
  if (cascade !== undefined && propagation === undefined)
    read.refuse("--cascade", `--cascade is background, foreground or orphan, not ${cascade}`);
  return {
    ...(grace === undefined || Number(grace) < 0 ? {} : { graceSeconds: Number(grace) }),
    ...(cascade === undefined || propagation === undefined ? {} : { propagation }),
    ...read.duration("--timeout", "goneMs"),
  };
}

const propagations: Readonly<Record<string, Propagation | undefined>> = {
  "": "Background",
  true: "Background",
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
  false: "Orphan",
};

function pruneFlags(read: FlagReader): Pick<ApplyFlags, "prune"> {
  const selector = read.text("--selector");
  if (selector !== undefined && labelMatcher(selector) === undefined)
    read.refuse("--selector", `${JSON.stringify(selector)} is no selector of labels`);
  const byName = read.text("--applyset") !== undefined;
  if (!read.is("--prune")) return {};
  if (selector === undefined && !read.is("--all") && !byName)
    read.refuse("--prune", "--prune needs a selector of labels, or --all", "write --selector=LABEL=VALUE beside it");
  return {
    prune: { selector: selector ?? "", kinds: [...read.all("--prune-allowlist"), ...read.all("--prune-whitelist")] },
  };
}

const native = [
  ...withoutEffect,
  ...pruning,
  "--cascade",
  "--dry-run",
  "--field-manager",
  "--force",
  "--force-conflicts",
  "--grace-period",
  "--request-timeout",
  "--server-side",
  "--timeout",
  "--validate",
];

function isNative(flag: string, value: string | undefined): boolean {
  if (flag === "--overwrite" || flag === "--openapi-patch") return value === undefined || value === "true";
  return native.includes(flag);
}

export interface FlagReader {
  is(flag: string): boolean;
  /** The last value; empty where the flag has none. */
  text(flag: string): string | undefined;
  all(flag: string): readonly string[];
  /** Milliseconds under `key`; nothing for 0, which means no limit. */
  duration<Key extends string>(flag: string, key: Key): { readonly [key in Key]?: number };
  refuse(flag: string, message: string, suggestion?: string): void;
}

export function flagReader(words: readonly FlagWord[], report: Report): FlagReader {
  const of = (flag: string) => words.filter((word) => word.flag === flag);
  const refuse: FlagReader["refuse"] = (flag, message, suggestion) => {
    const at = of(flag).at(-1)?.at;
    report({ severity: "error", message, ...(at ? { at } : {}), ...(suggestion ? { suggestion } : {}) });
  };
  return {
    is(flag) {
      const last = of(flag).at(-1);
      if (last === undefined) return false;
      if ([undefined, "true", "1"].includes(last.value)) return true;
      if (!["false", "0"].includes(last.value ?? ""))
        refuse(flag, `${flag} is true or false, not ${JSON.stringify(last.value)}`);
      return false;
    },
    text: (flag) => (of(flag).length === 0 ? undefined : (of(flag).at(-1)?.value ?? "")),
    all: (flag) => of(flag).flatMap(({ value }) => value ?? []),
    duration<Key extends string>(flag: string, key: Key) {
      const text = of(flag).at(-1)?.value;
      if (text === undefined) return {};
      const duration = parseGoDuration(text);
      const ms = /^\d+$/.test(text)
        ? 1000 * Number(text)
        : duration === undefined
          ? undefined
          : Number(duration / 1_000_000n);
      if (ms === undefined) refuse(flag, `${flag}: ${JSON.stringify(text)} is no duration such as 30s`);
      return ms ? ({ [key]: ms } as { [key in Key]: number }) : {};
    },
    refuse,
  };
}
