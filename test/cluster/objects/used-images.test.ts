import { expect, test } from "bun:test";
import { imagesNamed, usedImages } from "../../../src/cluster/objects/used-images.ts";
import { fakeApi, refusal } from "../../rig/fake-api.ts";

const signal = new AbortController().signal;
const template = (image: string) => ({ template: { spec: { containers: [{ name: "main", image }] } } });

test("what may start at any time names its images; what has ended does not", async () => {
  const lists: Readonly<Record<string, readonly object[]>> = {
    pods: [
      {
        spec: { containers: [{ image: "pod:1" }], initContainers: [{ image: "init:1" }] },
        status: { phase: "Running" },
      },
      { spec: { containers: [{ image: "ended:1" }] }, status: { phase: "Succeeded" } },
      { spec: { containers: [{ image: "failed:1" }] }, status: { phase: "Failed" } },
    ],
    deployments: [{ spec: { replicas: 0, ...template("asleep:1") } }],
    replicasets: [{ spec: { replicas: 0, ...template("old:1") } }, { spec: { replicas: 2, ...template("set:1") } }],
    jobs: [
      { spec: template("job:1"), status: {} },
      { spec: template("done:1"), status: { conditions: [{ type: "Complete", status: "True" }] } },
    ],
    cronjobs: [{ spec: { jobTemplate: { spec: template("cron:1") } } }],
  };
  await using api = await fakeApi((request) => {
    const kind = new URL(request.url).pathname.split("/").at(-1) ?? "";
    return Response.json({
      metadata: {},
      items: (lists[kind] ?? []).map((item) => ({ metadata: { name: "x" }, ...item })),
    });
  });
  const found = await usedImages(await api.connect(), signal);
  expect([...found].sort()).toEqual(["asleep:1", "cron:1", "init:1", "job:1", "pod:1", "set:1"]);
});

test("a kind that may not be listed makes everything unknown", async () => {
  await using api = await fakeApi((request) =>
    request.url.includes("cronjobs") ? refusal(403, "Forbidden", "no") : Response.json({ metadata: {}, items: [] }),
  );
  await expect(usedImages(await api.connect(), signal)).rejects.toThrow("cannot list CronJob objects");
});

test("images are found in fields of the name, at any depth", () => {
  expect(imagesNamed({ a: [{ image: "x:1" }, { image: { image: "y:1" } }], image: 3, images: "no:1" })).toEqual([
    "x:1",
    "y:1",
  ]);
});
