/** The consequence of a changed path in a few words: for the plain view and for `devloop why`. */
import type { PathVerdict } from "../event/event.ts";
import { taskWords } from "./task-words.ts";

export function pathWords(verdict: PathVerdict): string {
  switch (verdict.kind) {
    case "ignored":
      return `ignored: ${verdict.rule}`;
    case "sync":
      return `sync to ${verdict.destinations.join(", ")} (${verdict.rule})`;
    case "rebuild":
      return `rebuild ${verdict.artifact} (${verdict.rule})`;
    case "render":
      return `render ${verdict.source}`;
    case "observe":
      return `${taskWords(verdict.task)} (${verdict.rule})`;
    case "reload":
      return `reload ${verdict.file}`;
    case "tool-made":
      return `ignored: as ${taskWords(verdict.task)} left it`;
  }
}

/** The path relative to a folder that it is below. */
export function below(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
