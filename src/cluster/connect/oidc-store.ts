/**
 * Writes a rotated OIDC token into the kubeconfig, and changes nothing else: only the entry of one user, with
 * everything around it kept. kubectl's own lock (`FILE.lock`) is taken, because a lost refresh token would require a
 * new login.
 */
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { Failure } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import { fileErrorWords } from "../../std/file-error.ts";

const lockTries = 20;
const lockPauseMs = 100;

/** The tokens that the file holds for a user now; undefined where it cannot be read or does not hold any. */
export async function storedTokens(file: string, user: string): Promise<Readonly<Record<string, string>> | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const users: unknown = parseDocument(text).get("users");
  const entry = isSeq(users) ? users.items.find((item) => isMap(item) && item.get("name") === user) : undefined;
  if (!isMap(entry)) return undefined;
  const found = ["id-token", "refresh-token"].flatMap((name) => {
    const value = entry.getIn(["user", "auth-provider", "config", name]);
    return typeof value === "string" && value !== "" ? [[name, value] as const] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** @throws Failure where the file cannot be written: the next start would need a login */
export async function storeTokens(
  file: string,
  user: string,
  tokens: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  // A link to the file is kept.
  const path = await realpath(file);
  await using _lock = await locked(`${path}.lock`, signal);
  const text = withTokens(await readFile(path, "utf8"), user, tokens);
  // Another program has rewritten the file meanwhile, and its content is newer.
  if (text === undefined) return;
  const temporary = `${path}.devloop-${process.pid}`;
  try {
    const { mode } = await stat(path);
    const out = await open(temporary, "wx", mode & 0o777);
    try {
      await out.writeFile(text);
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw new Failure({
      severity: "error",
      message: `the new OIDC token cannot be stored in ${file}: ${fileErrorWords(thrown)}`,
      suggestion: "make the kubeconfig writable: the issuer may not take the old refresh token again",
    });
  }
}

/**
 * The text with the user's new tokens; undefined where the user is not in it any more. Only the values change. A token
 * without a line in the file gets one, and the text is then formatted anew.
 */
function withTokens(text: string, user: string, tokens: Readonly<Record<string, string>>): string | undefined {
  const document = parseDocument(text);
  const users = document.get("users");
  const index = isSeq(users) ? users.items.findIndex((item) => isMap(item) && item.get("name") === user) : -1;
  if (index < 0) return undefined;
  const splices: { readonly from: number; readonly to: number; readonly value: string }[] = [];
  let isNew = false;
  for (const [name, value] of Object.entries(tokens)) {
    const path = ["users", index, "user", "auth-provider", "config", name];
    const node = document.getIn(path, true);
    if (isScalar(node) && node.range) {
      const shown = /^[\w.-]*[A-Za-z_][\w.-]*$/.test(value) ? value : JSON.stringify(value);
      splices.push({ from: node.range[0], to: node.range[1], value: shown });
    } else {
      isNew = true;
      document.setIn(path, value);
    }
  }
  if (isNew) return document.toString({ lineWidth: 0, flowCollectionPadding: false });
  let out = text;
  for (const { from, to, value } of splices.sort((a, b) => b.from - a.from))
    out = out.slice(0, from) + value + out.slice(to);
  return out;
}

async function locked(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
  for (let tries = 1; ; tries++) {
    try {
      await (await open(path, "wx", 0o600)).close();
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "EEXIST" || tries === lockTries)
        throw new Failure({
          severity: "error",
          message: `the kubeconfig cannot be locked: ${fileErrorWords(thrown)}`,
          suggestion: `if no kubectl is running, remove ${path}`,
        });
      await systemClock.sleep(lockPauseMs, signal);
    }
  }
}
