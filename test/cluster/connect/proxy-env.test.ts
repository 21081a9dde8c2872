import { expect, test } from "bun:test";
import { proxyFor } from "../../../src/cluster/connect/proxy-env.ts";

const proxy = "http://proxy:3128";

test.each([
  ["https://api.example.com:6443", "", true],
  ["https://api.example.com:6443", "example.com", false],
  ["https://example.com", "example.com", false],
  ["https://example.com", ".example.com", true],
  ["https://api.example.com", ".example.com", false],
  ["https://api.example.com", "*.example.com", false],
  ["https://notexample.com", "example.com", true],
  ["https://api.example.com:6443", "example.com:6443", false],
  ["https://api.example.com:6443", "example.com:443", true],
  ["https://api.example.com", "other.org, EXAMPLE.com", false],
  ["https://10.1.2.3:6443", "10.0.0.0/8", false],
  ["https://11.1.2.3:6443", "10.0.0.0/8", true],
  ["https://10.1.2.3", "10.1.2.3", false],
  ["https://10.1.2.3", "0.2.3", true],
  ["https://[fd00::1]:6443", "fd00::/8", false],
  ["https://[fd00::1]:6443", "[fd00::1]:6443", false],
  ["https://api.example.com", "*", false],
  ["https://127.0.0.1:6443", "", false],
  ["https://localhost:6443", "", false],
  ["https://[::1]:6443", "", false],
])("%s with NO_PROXY=%s goes through the proxy: %p", (url, except, through) => {
  expect(proxyFor(url, { HTTPS_PROXY: proxy, NO_PROXY: except })).toBe(through ? proxy : undefined);
});

test("either case is read, a bare host is HTTP, and each scheme has its own", () => {
  expect(proxyFor("https://x.org", { https_proxy: "proxy:1" })).toBe("http://proxy:1");
  expect(proxyFor("https://x.org", { HTTP_PROXY: proxy })).toBeUndefined();
  expect(proxyFor("http://x.org", { HTTP_PROXY: proxy, no_proxy: "x.org" })).toBeUndefined();
});
