/**
 * The keys of each version, written as what each version changed: `@ version`, then `+ path: fields` for new fields, `-
 * path: fields` for removed ones, `~ path: field OLD => NEW` for another type. A field is a name, `[]` for a list or
 * `{}` for a map of such, then a type: none for text, `:type`, `(fields)` for an object, `=Name` for an object that
 * several places share and whose fields stand below `<Name>`. `(top)` is the document. A long line continues on
 * indented lines.
 */

/** The keys of an object. Objects with the same name share one Shape. */
export interface Shape {
  readonly fields: Map<string, FieldShape>;
}

export interface FieldShape {
  readonly kind: "one" | "list" | "map";
  /** `str`, `bool`, `int?`, `int|str`, `any`, `flat` for texts in any nesting, ...; empty for an object. */
  readonly type: string;
  /** Absent for scalars, and for objects whose keys are not checked. */
  readonly shape?: Shape;
}

/** All objects of a version: the document and the shared ones. */
export class Shapes {
  readonly top: Shape = { fields: new Map() };
  readonly #shared = new Map<string, Shape>();

  /** Applies the changes of one version. */
  apply(lines: readonly string[]): void {
    // Removed fields come first, because a new field may have the same name.
    const inOrder = [...lines.filter((line) => line.startsWith("-")), ...lines.filter((line) => !line.startsWith("-"))];
    for (const line of inOrder) {
      const [, sign, path = "", fields = ""] = /^([+~-]) (\S+): (.*)$/.exec(line) ?? [];
      const owner = this.#at(path);
      if (sign === "~") this.#change(owner, fields);
      else
        for (const field of split(fields)) {
          const name = /^\w+/.exec(field)?.[0] ?? "";
          if (sign === "-") owner.fields.delete(name);
          else owner.fields.set(name, this.#field(field.slice(name.length), owner.fields.get(name)));
        }
    }
  }

  #shape(name: string): Shape {
    const known = this.#shared.get(name);
    if (known) return known;
    const shape = { fields: new Map<string, FieldShape>() };
    this.#shared.set(name, shape);
    return shape;
  }

  /** The object at a path: `(top)`, `<Shared>.field`, `build.artifacts[].docker`. */
  #at(path: string): Shape {
    if (path === "(top)") return this.top;
    const [first = "", ...rest] = path.split(".");
    const shared = /^<(\w+)>$/.exec(first)?.[1];
    const keys = shared === undefined ? [first, ...rest] : rest;
    return keys.reduce(
      (shape, key) => {
        const name = key.replace(/\[\]$/, "");
        const found = shape.fields.get(name)?.shape;
        if (!found) throw new Error(`no object ${name} in ${path}`);
        return found;
      },
      shared === undefined ? this.top : this.#shape(shared),
    );
  }

  #change(owner: Shape, change: string): void {
    const [, name = "", list, type = ""] = /^(\w+)(\[\])? .*=> (.*)$/.exec(change) ?? [];
    const text = /^[(=]/.test(type) ? type : `:${type}`;
    owner.fields.set(name, this.#field((list ?? "") + text));
  }

  /** Parses the part behind the name of a field. */
  #field(text: string, before?: FieldShape): FieldShape {
    const [, container, rest = ""] = /^(\[\]|\{\})?(.*)$/s.exec(text) ?? [];
    const kind = container === "[]" ? "list" : container === "{}" ? "map" : "one";
    if (rest.startsWith("=")) return { kind, type: "", shape: this.#shape(rest.slice(1)) };
    if (rest === ":{}") return { kind, type: "", shape: before?.shape ?? { fields: new Map() } };
    if (!rest.startsWith("(")) return { kind, type: rest.slice(1) || "str" };
    const shape: Shape = { fields: new Map() };
    for (const field of split(rest.slice(1, -1))) {
      const name = /^\w+/.exec(field)?.[0] ?? "";
      shape.fields.set(name, this.#field(field.slice(name.length)));
    }
    return { kind, type: "", shape };
  }
}

/** The changes of every version in a text in the notation. */
export function changesIn(text: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("@ ")) {
      current = [];
      versions.set(line.slice(2), current);
    } else if (line.startsWith("  ")) current.push(`${current.pop() ?? ""} ${line.trim()}`);
    else if (line !== "") current.push(line);
  }
  return versions;
}

/** Splits a list of fields at commas outside of brackets. */
function split(fields: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= fields.length; i++) {
    const c = fields[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === undefined || (c === "," && depth === 0)) {
      found.push(fields.slice(start, i).trim());
      start = i + 1;
    }
  }
  return found.filter((field) => field !== "");
}
