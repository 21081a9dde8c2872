/**
 * SIGKILL at every request that changes the cluster, before the server sees it and after it has acted: whatever was
 * cut, the next clean-up deletes all that is ours, and what was there before is as it was.
 */
import { expect, test } from "bun:test";
import { eventually } from "../rig/eventually.ts";
import type { KubeFault } from "../rig/kube-proxy.ts";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

type Moment = "before" | "after";
const moments: readonly Moment[] = ["before", "after"];

/** Runs the command and kills it at its `nth` writing request. @returns whether it got so far */
async function killedAt(
  it: ProjectRun,
  command: string,
  method: string,
  nth: number,
  moment: Moment,
): Promise<boolean> {
  it.proxy.forget();
  await using process = it.start(command);
  let seen = 0;
  let killing: Promise<unknown> | undefined;
  const kill = () => {
    process.interrupt("SIGKILL");
    return process.exit();
  };
  const answered = () =>
    eventually("the server's answer", () => {
      const request = it.proxy.requests.filter((one) => one.method === method)[nth - 1];
      return request?.status !== undefined || undefined;
    });
  const fault: KubeFault = {
    kind: "hold",
    get until() {
      if (++seen !== nth) return Promise.resolve();
      killing = moment === "before" ? kill() : answered().then(kill);
      return moment === "before" ? killing : Promise.resolve();
    },
  };
  const end = it.proxy.rule(method, /./, fault);
  await process.exit();
  await killing;
  end();
  return killing !== undefined;
}

test("a run that is killed at any write leaves what the next clean-up needs", async () => {
  await using it = await projectRun("killed");
  await kubectl(["-n", it.namespace, "create", "configmap", "settings", "--from-literal=GREETING=theirs"]);
  const settings = async () => {
    const { metadata, data } = await getObject(it.namespace, "configmap", "settings");
    return { uid: metadata.uid, labels: metadata.labels, data };
  };
  const ours = () => kubectl(["-n", it.namespace, "get", "all,configmap", "-l", "devloop.dev/owner", "-o", "name"]);
  const was = await settings();
  const clean = async () => {
    const { code, text } = await it.run("delete");
    expect(`${code} ${text}`).toStartWith("0 ");
    expect(await ours()).toBe("");
    expect(await settings()).toEqual(was);
  };
  for (const moment of moments) {
    let cut = 0;
    while (await killedAt(it, "run", "PATCH", cut + 1, moment)) {
      cut++;
      await clean();
    }
    // A dry run and a write of what was there, a write each of what was not.
    expect(cut).toBeGreaterThanOrEqual(4);
    for (const method of ["DELETE", "PATCH"]) {
      let kills = 0;
      expect((await it.run("run")).code).toBe(0);
      while (await killedAt(it, "delete", method, kills + 1, moment)) {
        kills++;
        const { code, text } = await it.run("delete");
        expect(`${code} ${text}`).toStartWith("0 ");
        expect(text).not.toContain("changed by others");
        expect(await settings()).toEqual(was);
        expect((await it.run("run")).code).toBe(0);
      }
      // Two objects of ours; what was theirs is put back, and our name goes from it.
      expect(kills).toBe(2);
    }
    await clean();
  }
});
