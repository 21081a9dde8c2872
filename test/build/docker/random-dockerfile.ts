/** Random Dockerfiles over a random context: every form of reading from it that the engine's own frontend knows. */
import type { Seeded } from "./seeded.ts";

/** @param paths what is in the context  @param base an image with a shell, for RUN  @param salt makes every stage unique */
export function randomDockerfile(paths: readonly string[], base: string, salt: string, random: Seeded): string {
  const stages = 1 + random.int(3);
  const lines = random.chance(0.3) ? ["ARG PICK=src"] : [];
  for (let i = 0; i < stages; i++) {
    const runs = random.chance(0.25);
    const from = i > 0 && random.chance(0.3) ? `s${random.int(i)}` : runs ? base : "scratch";
    lines.push(`FROM ${from} AS s${i}`, `COPY <<EOF /salt-${i}`, salt, "EOF");
    if (random.chance(0.4)) lines.push(`WORKDIR /w${i}`);
    const steps = 1 + random.int(3);
    for (let s = 0; s < steps; s++) lines.push(...copyFromContext(paths, random));
    if (i > 0 && random.chance(0.5))
      lines.push(`COPY --from=${random.pick([`s${i - 1}`, String(i - 1)])} /salt-${i - 1} /from/`);
    if (runs && from === base) lines.push(mount(paths, random));
  }
  return `${lines.join("\n")}\n`;
}

function copyFromContext(paths: readonly string[], random: Seeded): string[] {
  const path = random.pick(paths);
  const top = path.split("/")[0] ?? path;
  const json = (...words: string[]) => `COPY ${JSON.stringify(words)}`;
  switch (random.int(12)) {
    case 0:
      return ["COPY . /all/"];
    case 1:
      return [json(`${top}`, "/top/")];
    case 2:
      return [json(path, `./${path.replaceAll("/", "-")}`)];
    case 3:
      return ["COPY *.txt /texts/"];
    case 4:
      return ["COPY s*/ /s/"];
    case 5:
      return ["COPY */[ab].* /deep/"];
    case 6:
      return ["ARG PICK", `ENV WHERE=\${PICK:-docs}`, `COPY \${WHERE}* /picked/`];
    case 7:
      return [json(path, top, "/two/")];
    case 8:
      return [`ADD ${top.replaceAll(" ", "?")} /added/`];
    case 9:
      return ["COPY --link src* /linked/"];
    case 10:
      return [json(`/${path}`, "/rooted/")];
    default:
      return ["COPY --chmod=0755 ?* \\", "  # between", "  /moded/"];
  }
}

function mount(paths: readonly string[], random: Seeded): string {
  const path = random.pick(paths.filter((p) => !p.includes(" ")).concat("."));
  const options = random.pick([`type=bind,source=${path}`, `source=${path},type=bind,rw`, "type=bind"]);
  return `RUN --mount=${options},target=/mnt ["/bin/busybox", "find", "/mnt"]`;
}
