/** Thousands of synced saves in a running session: what they leave in its memory. */
import type { DevloopProcess } from "../../test/rig/devloop.ts";
import type { Example } from "./example.ts";
import { residentTree } from "./resident.ts";

const page = "web/templates/index.html";

export interface Grown {
  readonly saves: number;
  /** Mebibytes resident, all processes together. */
  readonly before: number;
  readonly after: number;
}

/** Each save waits until the container has it. */
export async function manySaves(project: Example, session: DevloopProcess, saves: number): Promise<Grown> {
  const { mebibytes: before } = await residentTree(session.pid);
  for (let nth = 0; nth < saves; nth++) {
    const mark = session.mark();
    await project.save(page, (old) => old.replace(/<p>(page|Edit|save).*<\/p>/, `<p>save ${nth}</p>`));
    await session.line(/^Synced in /, { from: mark });
  }
  const { mebibytes: after } = await residentTree(session.pid);
  return { saves, before, after };
}
