/**
 * Reports that the cache cannot be written, once, while the run continues without recording.
 * The cache can be made again, so a full disk must never fail a build that works. A streak of failed writes gives one
 * diagnostic; a write that succeeds ends the streak. State (ledgers) is different: a failed write there is a Failure,
 * because later steps rely on it.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";

export interface Trouble {
  /**
   * Does the write; a failure is reported and not thrown.
   * @returns whether the write succeeded
   */
  attempt(path: string, write: () => Promise<void> | void): Promise<boolean>;
  /** Reports a failure that was caught already. */
  tell(path: string, error: unknown): void;
  /** Ends a streak: the next failure is reported again. */
  clear(): void;
}

export function troubleTold(report: (diagnostic: Diagnostic) => void): Trouble {
  let told = false;
  const trouble: Trouble = {
    async attempt(path, write) {
      try {
        await write();
        trouble.clear();
        return true;
      } catch (error) {
        trouble.tell(path, error);
        return false;
      }
    },
    tell(path, error) {
      if (told) return;
      told = true;
      const { message, suggestion } = unwritable(path, error);
      report({
        severity: "warning",
        message: `${message}; continuing without recording, so work may be done again next time`,
        suggestion,
      });
    },
    clear() {
      told = false;
    },
  };
  return trouble;
}

/** The message and suggestion for a system error of a write. */
export function unwritable(path: string, error: unknown): { message: string; suggestion: string } {
  // A Failure inside has its own message, which names the path.
  if (error instanceof Failure) {
    const [{ message, suggestion } = { message: error.message }] = error.diagnostics;
    return { message, suggestion: suggestion ?? elsewhere };
  }
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return {
    message: `cannot write ${path}: ${reasons[code] ?? (error instanceof Error ? error.message : String(error))}`,
    suggestion: spaceCodes.has(code)
      ? "free some space there, or set DEVLOOP_HOME to a folder on another disk"
      : elsewhere,
  };
}

const elsewhere = "make the folder writable, or set DEVLOOP_HOME to another one";
const spaceCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG", "SQLITE_FULL"]);
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  SQLITE_FULL: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than allowed",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
};
