/** The tree of a parsed template. `at` is the offset in the template, for errors. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe; readonly at: number }
  | {
      readonly kind: "if" | "with";
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
      readonly at: number;
    }
  | {
      readonly kind: "range";
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
      readonly at: number;
    }
  | { readonly kind: "break" | "continue"; readonly at: number }
  | { readonly kind: "template"; readonly name: string; readonly pipe?: Pipe; readonly at: number };

/** `$a, $b := command | command`. `declares` distinguishes `:=` from `=`. */
export interface Pipe {
  readonly variables: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly Command[];
  readonly at: number;
}

export interface Command {
  readonly operands: readonly Operand[];
  readonly at: number;
}

export type Operand =
  | { readonly kind: "dot" | "nil"; readonly at: number }
  | { readonly kind: "literal"; readonly value: string | boolean | bigint | number; readonly at: number }
  | { readonly kind: "field"; readonly names: readonly string[]; readonly at: number }
  | { readonly kind: "variable"; readonly name: string; readonly names: readonly string[]; readonly at: number }
  | { readonly kind: "function"; readonly name: string; readonly at: number }
  | { readonly kind: "chain"; readonly of: Operand; readonly names: readonly string[]; readonly at: number }
  | { readonly kind: "pipe"; readonly pipe: Pipe; readonly at: number };

export interface Template {
  readonly root: readonly Node[];
  /** Bodies of `define` and `block`, by name. */
  readonly named: ReadonlyMap<string, readonly Node[]>;
}
