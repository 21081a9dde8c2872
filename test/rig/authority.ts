/** A certificate authority of one test, and certificates that it issues: what a company's own registry has. */
import { join } from "node:path";

export interface Authority {
  /** PEM text. */
  readonly cert: string;
  /** Paths of a certificate and its key for the addresses, and their texts. */
  issue(
    name: string,
    addresses: readonly string[],
  ): Promise<{ readonly cert: string; readonly key: string; readonly certFile: string; readonly keyFile: string }>;
}

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** @param folder where everything is kept; the caller removes it */
export async function makeAuthority(folder: string, name = "Test Authority"): Promise<Authority> {
  const [caKey, ca] = [join(folder, "ca.key"), join(folder, "ca.pem")];
  await openssl(
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    "-subj",
    `/CN=${name}/O=Test Ltd`,
    "-keyout",
    caKey,
    "-out",
    ca,
  );
  return {
    cert: await Bun.file(ca).text(),
    async issue(subject, addresses) {
      const at = (ending: string) => join(folder, `${subject}.${ending}`);
      const names = addresses.map((each) => (/^[\d.]+$|:/.test(each) ? `IP:${each}` : `DNS:${each}`)).join(",");
      await Bun.write(at("ext"), `subjectAltName=${names}\n`);
      await openssl("req", ...curve, "-subj", `/CN=${subject}`, "-keyout", at("key"), "-out", at("csr"));
      const by = ["-CA", ca, "-CAkey", caKey, "-CAcreateserial", "-days", "2", "-extfile", at("ext")];
      await openssl("x509", "-req", "-in", at("csr"), ...by, "-out", at("crt"));
      const [cert, key] = [await Bun.file(at("crt")).text(), await Bun.file(at("key")).text()];
      return { cert, key, certFile: at("crt"), keyFile: at("key") };
    },
  };
}

async function openssl(...args: readonly string[]): Promise<void> {
  const child = Bun.spawn(["openssl", ...args], { stdout: "ignore", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(`openssl: ${await new Response(child.stderr).text()}`);
}
