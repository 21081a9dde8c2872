/** The row of `devloop cache` in the command table: its words and flags. */
import type { Command } from "../command/command.ts";
import { usualBounds } from "../image/own/choose.ts";
import { clusterFlags, formatFlag } from "./flag-table.ts";

export const cacheCommand: Command = {
  name: "cache",
  group: "more",
  summary: "Say which images devloop made and what they take, and remove those that nothing uses",
  description:
    "Devloop notes every image that it makes and every name that it gives one, in the engine and on the nodes of a local\ncluster. prune removes such images alone: none that a container, an object in the cluster or a running devloop uses,\nnone of the latest of each artifact, and of the others those that were not used for long. Images that somebody else\nmade or named stay.",
  examples: [
    { line: "devloop cache", says: "What there is, and what prune would remove" },
    { line: "devloop cache prune", says: "Remove what nothing has used for two days" },
    { line: "devloop cache prune --all --dry-run", says: "Say what would go if everything unused went" },
    { line: "devloop cache prune --keep 1 --older-than 12h", says: "Keep less" },
  ],
  flags: [
    ...clusterFlags.filter(({ name }) => name !== "namespace"),
    formatFlag(["text", "json"]),
    {
      name: "keep",
      type: "int",
      default: String(usualBounds.keep),
      value: "N",
      help: "Images of each artifact that stay",
    },
    {
      name: "older-than",
      type: "string",
      value: "TIME",
      help: "Remove what was not used for so long (12h, 7d; default 2d)",
    },
    {
      name: "max-size",
      type: "string",
      value: "SIZE",
      help: "Remove the longest unused beyond so much at one place (default 20GB)",
    },
    { name: "all", type: "bool", default: "false", help: "Remove everything that nothing uses, whatever its age" },
    { name: "dry-run", type: "bool", default: "false", help: "Say what would be removed, and remove nothing" },
  ],
  args: [0, 1],
  usage: "[list | prune]",
  load: () => import("./commands/cache.ts"),
};
