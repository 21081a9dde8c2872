/**
 * One Kubernetes cluster for the rest of devloop: its address and how to send it a request. Objects, watches, exec and
 * port-forwards are built on these few members, so that a test can replace them by a recording proxy or a fake.
 */

import type { HeaderValues } from "./connect/repeated-headers.ts";

/** Everything that a raw socket or WebSocket needs to reach the API server with the same identity as `fetch`. */
export interface Endpoint {
  /** Base URL without a trailing slash, such as `https://127.0.0.1:41234` or with a path prefix. */
  readonly url: string;
  /**
   * PEM texts; `serverName` overrides SNI and the name that the certificate is checked for. Read after `headers()`,
   * because a plugin may provide a certificate.
   */
  readonly tls: {
    /** The cluster's own authority alone, or all authorities of this machine. */
    readonly ca?: string | readonly string[];
    readonly cert?: string;
    readonly key?: string;
    readonly serverName?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /**
   * Authorization and impersonation headers, made for each call, because tokens expire.
   * @throws the signal's reason
   */
  headers(signal?: AbortSignal): Promise<HeaderValues>;
  readonly proxy?: string;
  /** PEM text of the cluster's own authority, where it has one. */
  readonly authority?: string;
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Time until the head of the answer; default: the connection's own limit; 0: none. */
  readonly timeoutMs?: number;
  /** True: the request may be sent again after a broken connection. Default: true for GET alone. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal;
}

export interface Cluster {
  readonly context: string;
  /** The kubeconfig's namespace for the context, `default` where it names none. */
  readonly namespace: string;
  /** A digest of the server, its authority and the user's credentials, as the kubeconfig names them. */
  readonly connection?: string;
  readonly endpoint: Endpoint;
  /**
   * Sends one request; any status comes back as a Response (`api-error.ts` turns it into a Failure). The body has no
   * time-out.
   */
  fetch(path: string, options?: RequestOptions): Promise<Response>;
}

/** Any Kubernetes object, with the few fields that every object has. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly uid: string;
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
    readonly managedFields?: readonly unknown[];
    readonly finalizers?: readonly string[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: Kubernetes allows any value in an object's other fields.
  readonly [field: string]: any;
}

/** The name of one object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}
