/**
 * The flags of `deploy.kubectl.flags` for deleting, which a clean-up obeys for the module's objects. Its own rules stand:
 * only what devloop created is deleted, by uid, so flags that choose other objects (`--all`, `--selector`) mean nothing.
 * Flags that only kubectl understands make the user's `kubectl` delete.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { deletionFlags, type FlagsSection, flagReader, type Propagation } from "./apply-flags.ts";
import { kubectlWords } from "./kubectl-words.ts";

export interface DeleteFlags {
  readonly graceSeconds?: number;
  readonly propagation?: Propagation;
  /** How long is waited until the objects are gone. */
  readonly goneMs?: number;
  /** False: what is deleted is not followed. */
  readonly waits: boolean;
  readonly kubectl?: { readonly because: string; readonly flags: readonly string[] };
}

const native = [
  "--all",
  "--all-namespaces",
  "--cache-dir",
  "--cascade",
  "--context",
  "--disable-compression",
  "--field-selector",
  "--force",
  "--grace-period",
  "--ignore-not-found",
  "--log-flush-frequency",
  "--namespace",
  "--now",
  "--recursive",
  "--request-timeout",
  "--selector",
  "--timeout",
  "--wait",
];
/** They choose what is deleted, or ask before: a clean-up has decided that. */
const choosing = [
  "--all",
  "--all-namespaces",
  "--field-selector",
  "--filename",
  "--interactive",
  "--kustomize",
  "--raw",
  "--selector",
];

export function readDeleteFlags(section: FlagsSection, report: (diagnostic: Diagnostic) => void): DeleteFlags {
  // The global ones are complained of where they are read for applying.
  const words = [
    ...kubectlWords(section.global, "delete", () => undefined),
    ...kubectlWords(section.delete, "delete", report),
  ];
  const read = flagReader(words, report);
  const other = words.find(({ flag }) => !native.includes(flag) && !choosing.includes(flag));
  const { graceSeconds, ...rest } = deletionFlags(read);
  const grace = graceSeconds ?? (read.is("--now") ? 1 : read.is("--force") ? 0 : undefined);
  return {
    ...(grace === undefined ? {} : { graceSeconds: grace }),
    ...rest,
    waits: read.text("--wait") === undefined || read.is("--wait"),
    ...(other === undefined
      ? {}
      : {
          kubectl: {
            because: other.flag,
            flags: words
              .filter(({ flag }) => !choosing.includes(flag) && flag !== "--wait")
              .flatMap((word) => word.words),
          },
        }),
  };
}
