/** Types of the parts of the language server protocol that devloop uses. Lines and characters count from 0. */

export type Position = { readonly line: number; readonly character: number };
export type Range = { readonly start: Position; readonly end: Position };

export const severities = { error: 1, warning: 2, hint: 4 } as const;

export type LspDiagnostic = {
  readonly range: Range;
  readonly severity: number;
  readonly source: string;
  readonly message: string;
};

export type Hover = { readonly contents: { readonly kind: "markdown"; readonly value: string }; readonly range: Range };

export type Location = { readonly uri: string; readonly range: Range };

/** Kinds of completion items, by their numbers in the protocol. */
export const itemKinds = { field: 5, value: 12, reference: 18 } as const;

export type CompletionItem = {
  readonly label: string;
  readonly kind: number;
  readonly detail?: string;
  readonly documentation?: string;
  readonly insertText?: string;
};

/** Error codes of JSON-RPC. */
export const errorCodes = { invalidRequest: -32600, methodNotFound: -32601, internal: -32603, notInitialized: -32002 };
