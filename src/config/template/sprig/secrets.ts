/**
 * sprig's password hashes, ciphers and random texts. Its functions for keys and certificates are refused by name,
 * because their result differs in every expansion, which would change every build and every object.
 */
import { randomBytes } from "../../../std/random.ts";
import { FunctionError, type TemplateFunction, type Value } from "../value.ts";
import { fixed, integer, text } from "./arguments.ts";
import { decodeBase64 } from "./base-text.ts";

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";
const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const most = 65_536;

const refused = [
  "genPrivateKey",
  "genCA",
  "genCAWithKey",
  "genSelfSignedCert",
  "genSelfSignedCertWithKey",
  "genSignedCert",
  "genSignedCertWithKey",
  "buildCustomCert",
];

export const secrets: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["uuidv4", fixed(0, () => crypto.randomUUID())],
  ["randAlphaNum", fixed(1, (n) => random(letters + digits, n))],
  ["randAlpha", fixed(1, (n) => random(letters, n))],
  ["randNumeric", fixed(1, (n) => random(digits, n))],
  ["randAscii", fixed(1, (n) => random(ascii, n))],
  ["randBytes", fixed(1, (n) => randomBytes(count(n)).toString("base64"))],
  ["randInt", fixed(2, randomInteger)],
  ["shuffle", fixed(1, (s) => shuffled(text(s)))],
  ["bcrypt", fixed(1, (s) => bcrypt(text(s)))],
  ["htpasswd", fixed(2, (user, password) => htpasswd(text(user), text(password)))],
  ["encryptAES", fixed(2, (password, plain) => encrypted(text(password), text(plain)))],
  ["decryptAES", fixed(2, (password, cipher) => decrypted(text(password), text(cipher)))],
  [
    "derivePassword",
    fixed(5, (counter, type, password, user, site) =>
      derived(Number(integer(counter)), text(type), text(password), text(user), text(site)),
    ),
  ],
  ["getHostByName", () => refuse("getHostByName", "a template asks no network")],
  ...refused.map((name) => [name, () => refuse(name, "keys and certificates belong into a Secret")] as const),
]);

function refuse(name: string, why: string): never {
  throw new FunctionError(`${name} is not supported: ${why}`);
}

function count(value: Value): number {
  const n = Number(integer(value));
  if (n < 0 || n > most) throw new FunctionError(`a random text has 0 to ${most} characters, not ${n}`);
  return n;
}

function random(alphabet: string, length: Value): string {
  return Array.from({ length: count(length) }, () => alphabet.charAt(below(alphabet.length))).join("");
}

/** A uniform random number below `limit`. */
function below(limit: number): number {
  const end = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const value = randomBytes(4).readUInt32BE();
    if (value < end) return value % limit;
  }
}

function randomInteger(from: Value, to: Value): bigint {
  const [low, high] = [integer(from), integer(to)];
  if (high <= low) throw new FunctionError("randInt: the second number must be above the first");
  return low + (randomBytes(16).readBigUInt64BE() % (high - low));
}

function shuffled(value: string): string {
  const runes = [...value];
  for (let i = runes.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [runes[i], runes[j]] = [runes[j] ?? "", runes[i] ?? ""];
  }
  return runes.join("");
}

function bcrypt(password: string): string {
  return Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 10 });
}

function htpasswd(user: string, password: string): string {
  return user.includes(":") ? `invalid username: ${user}` : `${user}:${bcrypt(password)}`;
}

/**
 * `node:crypto` is loaded when a template uses one of these functions, because loading it would delay every command.
 */
const ciphers = () => process.getBuiltinModule("node:crypto");

/** The key is the password's first 32 bytes, filled up with zeros. */
function keyOf(password: string): Buffer {
  return Buffer.concat([Buffer.from(password), Buffer.alloc(32)], 32);
}

function encrypted(password: string, plain: string): string {
  if (plain === "") return "";
  const start = randomBytes(16);
  const cipher = ciphers().createCipheriv("aes-256-cbc", keyOf(password), start);
  return Buffer.concat([start, cipher.update(plain, "utf8"), cipher.final()]).toString("base64");
}

function decrypted(password: string, text: string): string {
  if (text === "") return "";
  const bytes = decodeBase64(text);
  if (typeof bytes === "number") throw new FunctionError(`illegal base64 data at input byte ${bytes}`);
  try {
    const cipher = ciphers().createDecipheriv("aes-256-cbc", keyOf(password), bytes.subarray(0, 16));
    return Buffer.concat([cipher.update(bytes.subarray(16)), cipher.final()]).toString();
  } catch {
    throw new FunctionError("decryptAES: the text cannot be decrypted with this password");
  }
}

/** The character classes of the Master Password algorithm. */
const classes: Readonly<Record<string, string>> = {
  V: "AEIOU",
  C: "BCDFGHJKLMNPQRSTVWXYZ",
  v: "aeiou",
  c: "bcdfghjklmnpqrstvwxyz",
  A: "AEIOUBCDFGHJKLMNPQRSTVWXYZ",
  a: "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
  n: digits,
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
};

/** The templates of the Master Password algorithm: the possible forms of a password of each type. */
const shapes: Readonly<Record<string, string>> = {
  maximum: "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno",
  long: `CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv
    CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv
    CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno`,
  medium: "CvcnoCvc CvcCvcno",
  short: "Cvcn",
  basic: "aaanaaan aannaaan aaannaaa",
  pin: "nnnn",
};
const scope = "com.lyndir.masterpassword";

/** A password derived from the inputs by the Master Password algorithm. */
function derived(counter: number, type: string, password: string, user: string, site: string): string {
  const shapesOfType = shapes[type]?.split(/\s+/);
  if (shapesOfType === undefined) return `cannot find password template ${type}`;
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const [userBytes, siteBytes] = [Buffer.from(user), Buffer.from(site)];
  const salt = Buffer.concat([Buffer.from(scope), number(userBytes.length), userBytes]);
  const key = ciphers().scryptSync(password, salt, 64, { N: 32768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 });
  const seed = new Bun.CryptoHasher("sha256", key)
    .update(Buffer.concat([Buffer.from(scope), number(siteBytes.length), siteBytes, number(counter)]))
    .digest();
  const shape = shapesOfType[(seed[0] ?? 0) % shapesOfType.length] ?? "";
  return [...shape]
    .map((kind, i) => {
      const characters = classes[kind] ?? "";
      return characters.charAt((seed[i + 1] ?? 0) % characters.length);
    })
    .join("");
}
