/** Names of files in a workspace, and paths in its manifests. */
import { expect } from "bun:test";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readChart } from "../../src/deploy/helm/chart.ts";
import { kustomizationFiles } from "../../src/deploy/manifests/kustomization.ts";
import { containerChannel } from "../../src/dev/sync/container-channel.ts";
import { syncArchive } from "../../src/dev/sync/sync-archive.ts";
import { execServer } from "../rig/exec-server.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import type { Peer } from "./row.ts";
import { evil, shown } from "./shown.ts";

const target = { namespace: "shop", pod: "web", container: "main" };
const names = [
  "$(touch made)",
  "`touch made`",
  "; touch made #",
  "-rf",
  "--checkpoint-action=exec=touch made",
  "'\"\\",
  "a b\tc",
  "*",
  "~",
  "\u202e\u0007",
];
const signal = () => AbortSignal.timeout(60_000);

export const fileNames: Peer = {
  name: "a file name",
  rows: [
    {
      what: "a synced file's name is a command, an option, a pattern or a quote",
      outcome: "the file arrives under that very name, and is deleted under it",
      async run() {
        await using folder = await tempFolder();
        const [workspace, container] = [join(folder.path, "workspace"), join(folder.path, "container")];
        await Promise.all([mkdir(workspace), mkdir(container)]);
        await using server = execServer(container);
        await using channel = containerChannel(server.cluster, target);
        const transfers = names.map((name) => ({
          path: name,
          source: join(workspace, name),
          destinations: [join(container, name)],
        }));
        for (const { source } of transfers) await writeFile(source, "text");
        expect(await channel.send(await syncArchive(transfers, 0), signal())).toEqual({ kind: "done" });
        expect((await readdir(container)).sort()).toEqual([...names].sort());
        const gone = transfers.slice(1).map(({ path, destinations }) => ({ path, destinations }));
        expect(await channel.send(await syncArchive(gone, 0), signal())).toEqual({ kind: "done" });
        expect(await readdir(container)).toEqual(names.slice(0, 1));
      },
    },
    {
      what: "the name of a file that is to be deleted has a line break, to begin a command of its own",
      outcome: "nothing is sent, and the image is built instead",
      async run() {
        await using folder = await tempFolder();
        await using server = execServer(folder.path);
        await using channel = containerChannel(server.cluster, target);
        const evilName = join(folder.path, "a\ntouch made");
        const archive = await syncArchive([{ path: "a", destinations: [evilName] }], 0);
        expect(await channel.send(archive, signal())).toMatchObject({ kind: "failed" });
        expect(await readdir(folder.path)).toEqual([]);
      },
    },
    {
      what: "a name has characters that a terminal would obey, or that turn the direction of text",
      outcome: "it is shown as text wherever it is named",
      async run() {
        const path = `/project/${evil}`;
        const text = shown(
          { type: "change", path, verdicts: [{ kind: "render", source: evil }] },
          { type: "notice", level: "warning", text: `${path} is read anew` },
          { type: "diagnostic", diagnostic: { severity: "error", message: `${path} cannot be read` } },
        );
        expect(text.split("\n").filter((line) => line.includes("\\e]52")).length).toBe(3);
      },
    },
    {
      what: "a kustomization names a chart that leads out of the project, by its name, its folder or a link",
      outcome: "it is not walked",
      async run() {
        await using outside = await tempFolder();
        await using project = await tempFolder();
        await writeFile(join(outside.path, "Chart.yaml"), "");
        await writeFile(join(outside.path, "secret"), "");
        await mkdir(join(project.path, "charts"));
        await symlink(outside.path, join(project.path, "charts/linked"));
        const charts = `helmCharts: [{name: ../..}, {name: /etc}, {name: linked}]\nhelmGlobals: {chartHome: charts}\n`;
        await writeFile(join(project.path, "kustomization.yaml"), charts);
        expect(kustomizationFiles(project.path)).toEqual([join(project.path, "kustomization.yaml")]);
      },
    },
    {
      what: "a file of a Helm chart is a link that leads out of the project, in a circle, or to what never ends",
      outcome: "it is not read",
      async run() {
        await using outside = await tempFolder();
        await using project = await tempFolder();
        await writeFile(join(outside.path, "secret"), "");
        await writeFile(join(project.path, "skaffold.yaml"), "");
        const chart = join(project.path, "chart");
        await mkdir(join(chart, "templates"), { recursive: true });
        await writeFile(join(chart, "Chart.yaml"), "apiVersion: v2\nname: one\nversion: 0.1.0\n");
        await symlink(outside.path, join(chart, "templates/out"));
        await symlink("..", join(chart, "templates/circle"));
        await symlink("/dev/zero", join(chart, "templates/endless"));
        expect(Object.keys(readChart(chart).files)).toEqual(["Chart.yaml"]);
      },
    },
  ],
};
