/**
 * All running children, and how they are ended. A child leads its own process group, so a signal to the group reaches
 * every process that it started; a group counts as ended only when no member is left. A child with the terminal stays
 * in devloop's group, and a signal reaches it alone. A target is the number that `kill` takes for either.
 * Children also end with devloop. An orderly exit calls `killAll`. For SIGKILL and crashes there is a watchdog, one
 * small shell for all children, which reads a pipe whose write end belongs to devloop: when devloop is gone, the
 * watchdog reads the end of the pipe and ends the remaining targets. It is started with the first child.
 */
import { systemClock } from "../../std/clock.ts";

const pollMs = 10;

const watchdogScript = `
open=" "
while read -r op target; do
  case $op in
    +) open="$open$target " ;;
    -) case "$open" in *" $target "*) open="\${open%% $target *} \${open#* $target }" ;; esac ;;
  esac
done
[ -n "\${open# }" ] || exit 0
for target in $open; do kill -s TERM -- "$target" 2>/dev/null; done
sleep 1
for target in $open; do kill -s KILL -- "$target" 2>/dev/null; done
`;

const targets = new Set<number>();
let watchdog: Bun.Subprocess<"pipe", "ignore", "ignore"> | undefined;

/** The target of a child that leads its own group. */
export function groupOf(pid: number): number {
  return process.platform === "win32" ? pid : -pid;
}

/** Tracks a target as running until the returned function is called. */
export function adopt(target: number): () => void {
  targets.add(target);
  tellWatchdog(`+ ${target}\n`);
  return () => {
    targets.delete(target);
    tellWatchdog(`- ${target}\n`);
  };
}

/** Targets that are running now, for tests and for a final message. */
export function living(): readonly number[] {
  return [...targets];
}

/** Ends every target at once, without a grace. For the second Ctrl-C and for exit. */
export function killAll(): void {
  for (const target of targets) send(target, "SIGKILL");
}

/**
 * Sends SIGTERM to the target, and SIGKILL once `graceMs` have passed while a part of it still runs. Resolves when it
 * has ended or SIGKILL was sent.
 */
export async function end(target: number, graceMs: number): Promise<void> {
  const deadline = systemClock.now() + graceMs;
  if (!send(target, "SIGTERM")) return;
  while (systemClock.now() < deadline) {
    await systemClock.sleep(pollMs);
    if (!send(target, 0)) return;
  }
  send(target, "SIGKILL");
}

/** False when no process of the target is left. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the watchdog unless it runs. Called before a child is started: a child that is started while the watchdog's
 * shell starts up would be missed if devloop were killed in that moment.
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
  if (targets.size > 0) write([...targets].map((target) => `+ ${target}\n`).join(""));
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
