/**
 * `devloop credits`: writes the licences of the program's parts to a folder that the user names, one folder for each
 * part. The texts are included in the program, so that they belong to exactly the compiled versions.
 */
import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import ipAddress from "../../../node_modules/ip-address/LICENSE" with { type: "text" };
import jose from "../../../node_modules/jose/LICENSE.md" with { type: "text" };
import oauth4webapi from "../../../node_modules/oauth4webapi/LICENSE.md" with { type: "text" };
import openidClient from "../../../node_modules/openid-client/LICENSE.md" with { type: "text" };
import re2js from "../../../node_modules/re2js/LICENSE" with { type: "text" };
import smartBuffer from "../../../node_modules/smart-buffer/LICENSE" with { type: "text" };
import socks from "../../../node_modules/socks/LICENSE" with { type: "text" };
import yaml from "../../../node_modules/yaml/LICENSE" with { type: "text" };
import type { Run } from "../../command/command.ts";
import { writeResult } from "../../command/write-result.ts";
import { exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { fileErrorWords } from "../../std/file-error.ts";

/** The runtime's notices are in its documentation, not in its package. */
const runtime = `Bun ${Bun.version}, the runtime that devloop is compiled with, is under the MIT licence. It contains JavaScriptCore and
other libraries under licences of their own, which https://bun.com/docs/project/license lists.
`;

const notices: Readonly<Record<string, string>> = {
  bun: runtime,
  "ip-address": ipAddress,
  jose,
  oauth4webapi,
  "openid-client": openidClient,
  re2js,
  "smart-buffer": smartBuffer,
  socks,
  yaml,
};

export const run: Run = async ({ flags, cwd, stdout }) => {
  const folder = resolve(cwd, flags.text("dir") ?? "devloop-credits");
  for (const [name, text] of Object.entries(notices)) {
    await made(join(folder, name));
    await writeResult(join(folder, name, "LICENSE"), text);
  }
  stdout.write(`Successfully exported third party notices to ${relative(cwd, folder) || "."}\n`);
  return exitCode.ok;
};

async function made(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new Failure(`cannot make the folder ${folder}: ${fileErrorWords(cause)}`);
  }
}
