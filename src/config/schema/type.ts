/**
 * The types that a schema consists of. The sections of skaffold.yaml are described once with them; validation, typed
 * reading (`view.ts`), the merging of profiles, the JSON schema and the reference page are all derived from that
 * description.
 */

export type Type = StringType | IntType | BoolType | AnyType | PortType | FlatType | ListType | MapType | ObjectType;

export interface StringType {
  readonly kind: "string";
  /** The only allowed texts. */
  readonly values?: readonly string[];
  /** Whether upper and lower case are the same. */
  readonly anyCase?: boolean;
}

export interface IntType {
  readonly kind: "int";
  readonly min?: number;
  readonly max?: number;
}

export interface BoolType {
  readonly kind: "bool";
}

/** Any tree; scalars keep their type. */
export interface AnyType {
  readonly kind: "any";
}

/** A port number or the name of a port. */
export interface PortType {
  readonly kind: "port";
}

/** Nested maps and lists of texts, to be read as dotted keys. */
export interface FlatType {
  readonly kind: "flat";
}

export interface ListType<T extends Type = Type> {
  readonly kind: "list";
  readonly of: T;
  /** One text may stand for the list of its words. */
  readonly words?: true;
}

/** Free keys. With `nullable` a key may stand without a value. */
export interface MapType<T extends Type = Type> {
  readonly kind: "map";
  readonly of: T;
  readonly nullable: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

export interface ObjectType<F extends Fields = Fields> {
  readonly kind: "object";
  readonly name: string;
  readonly fields: F;
  /**
   * True where `{}` differs from an absent object, and a profile's object replaces the whole object. False where the
   * two are equal, and a profile's fields are merged into the object.
   */
  readonly whole: boolean;
  /** Unknown keys are only warned about, because the reference tool ignores them. */
  readonly lenient?: boolean;
}

export type TemplateUse = "print" | "error";

export interface Field<T extends Type = Type> extends FieldOptions {
  readonly type: T;
  /** One or two sentences for editors and the reference page. */
  readonly description: string;
}

export interface FieldOptions {
  readonly required?: true;
  /** At most one member of a group may be set in an object. */
  readonly group?: string;
  /** The value that holds where the field is absent, for readers. */
  readonly fallback?: string;
  /** Set where false, 0 and the empty text differ from an absent value. */
  readonly keepsZero?: true;
  /** A path; in a required config it is relative to the file's folder. */
  readonly filepath?: true;
  /**
   * A Go template in its texts is expanded. The value says whether a missing variable prints `<no value>` or is an
   * error.
   */
  readonly template?: TemplateUse;
  /** The first version with the field, where that is not the oldest version that is read without an upgrade. */
  readonly since?: string;
  /**
   * Set where devloop reads the field but does not act on it yet. `harmless`: the result is right without it, though
   * perhaps slower or less checked. `wrong`: the result would be wrong, so a config that sets the field is refused.
   */
  readonly notYet?: NotYet;
  /** Set for a field that the reference tool does not have: the reference tool's own way to write it. */
  readonly dialect?: string;
}

export type NotYet = "harmless" | "wrong";

export const string: StringType = { kind: "string" };
export const int: IntType = { kind: "int" };
export const bool: BoolType = { kind: "bool" };
export const any: AnyType = { kind: "any" };
export const port: PortType = { kind: "port" };
export const flat: FlatType = { kind: "flat" };
export const strings: ListType<StringType> = { kind: "list", of: string };
export const words: ListType<StringType> = { kind: "list", of: string, words: true };
export const stringMap: MapType<StringType> = { kind: "map", of: string, nullable: false };
export const nullableMap: MapType<StringType> = { kind: "map", of: string, nullable: true };

export function oneOf(values: readonly string[], options: { readonly anyCase?: boolean } = {}): StringType {
  return { kind: "string", values, ...options };
}

export function intBetween(min: number, max?: number): IntType {
  return { kind: "int", min, ...(max === undefined ? {} : { max }) };
}

export function list<T extends Type>(of: T): ListType<T> {
  return { kind: "list", of };
}

/** An object whose `{}` has a meaning, and which a profile replaces as a whole. */
export function object<const F extends Fields>(name: string, fields: F): ObjectType<F> {
  return { kind: "object", name, fields, whole: true };
}

/** An object that only groups fields: a profile may set single fields of it. */
export function group<const F extends Fields>(name: string, fields: F): ObjectType<F> {
  return { kind: "object", name, fields, whole: false };
}

export function field<T extends Type>(type: T, description: string, options: FieldOptions = {}): Field<T> {
  return { type, description, ...options };
}

/** Marks several fields that devloop does not act on yet for the same reason. */
export function notYet<const F extends Fields>(reason: NotYet, fields: F): F {
  const marked = Object.entries(fields).map(([name, of]) => [name, { ...of, notYet: of.notYet ?? reason }]);
  return Object.fromEntries(marked) as F;
}

/** Sections that a profile may have as well as the document. */
export const pipelineKeys: ReadonlySet<string> = new Set([
  "build",
  "test",
  "manifests",
  "deploy",
  "portForward",
  "resourceSelector",
  "verify",
  "customActions",
]);
