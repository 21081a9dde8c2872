/**
 * Every child that lives, and how it is made to end. A child is the leader of its own process group, so a signal to the
 * group reaches whatever it started; a group counts as ended only when no member is left.
 *
 * Children also end with us. An orderly exit calls `killAll`. For the disorderly one (SIGKILL, a crash) a watchdog, one
 * tiny shell for all children, holds the read end of a pipe whose write end is ours: when we are gone it reads the end
 * of the pipe and ends the groups that were still open. It is started with the first child and costs nothing before.
 */
import { systemClock } from "../../std/clock.ts";

const pollMs = 10;

const watchdogScript = `
open=" "
while read -r op group; do
  case $op in
    +) open="$open$group " ;;
    -) case "$open" in *" $group "*) open="\${open%% $group *} \${open#* $group }" ;; esac ;;
  esac
done
[ -n "\${open# }" ] || exit 0
for group in $open; do kill -s TERM -- "-$group" 2>/dev/null; done
sleep 1
for group in $open; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

const groups = new Set<number>();
let watchdog: Bun.Subprocess<"pipe", "ignore", "ignore"> | undefined;

/** Notes a group as living until the returned function is called. */
export function adopt(group: number): () => void {
  groups.add(group);
  tellWatchdog(`+ ${group}\n`);
  return () => {
    groups.delete(group);
    tellWatchdog(`- ${group}\n`);
  };
}

/** Groups that live now, for tests and for a last word to the user. */
export function liveGroups(): readonly number[] {
  return [...groups];
}

/** Ends every child's group at once, without a grace. For the second Ctrl-C and for exit. */
export function killAll(): void {
  for (const group of groups) signalGroup(group, "SIGKILL");
}

/** SIGTERM to the group, SIGKILL once `graceMs` have passed with a member left. Resolves when that is done. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  const deadline = systemClock.now() + graceMs;
  if (!signalGroup(group, "SIGTERM")) return;
  while (systemClock.now() < deadline) {
    await systemClock.sleep(pollMs);
    if (!signalGroup(group, 0)) return;
  }
  signalGroup(group, "SIGKILL");
}

/** False when the group has no member left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === "win32" ? group : -group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the watchdog where it does not run. To be called before a child is started: one that is started in the same
 * moment in which we are killed would else be known to nobody for as long as a shell takes to start.
 */
export function readyWatchdog(): void {
  if (process.platform === "win32" || (watchdog !== undefined && watchdog.exitCode === null)) return;
  watchdog = Bun.spawn(["/bin/sh", "-c", watchdogScript], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
  });
  watchdog.unref();
  if (groups.size > 0) write([...groups].map((group) => `+ ${group}\n`).join(""));
}

function tellWatchdog(line: string): void {
  if (process.platform === "win32") return;
  if (watchdog === undefined || watchdog.exitCode !== null) readyWatchdog();
  else write(line);
}

function write(lines: string): void {
  watchdog?.stdin.write(lines);
  void watchdog?.stdin.flush();
}
