/**
 * The flags of `deploy.kubectl.flags` for deleting, which a clean-up applies to the module's objects. The clean-up's
 * own rules hold: only objects that devloop created are deleted, by uid, so flags that select other objects (`--all`,
 * `--selector`) have no effect. Flags that only kubectl supports make the user's `kubectl` delete.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { deletionFlags, type FlagsSection, flagReader, type Propagation } from "./apply-flags.ts";
import { kubectlWords } from "./kubectl-words.ts";

export interface DeleteFlags {
  readonly graceSeconds?: number;
  readonly propagation?: Propagation;
  /** How long to wait until the objects are gone. */
  readonly goneMs?: number;
  /** False: deleted objects are not followed. */
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
/** Flags that select what is deleted, or ask for confirmation: a clean-up has decided that. */
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
  // Global flags are reported where they are read for applying.
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
