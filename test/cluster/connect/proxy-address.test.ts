/** Which addresses of proxies are taken, and that a refusal never shows the proxy's login. */
import { expect, test } from "bun:test";
import { needsBridge } from "../../../src/cluster/connect/proxy-bridge.ts";

const refusal = (proxy: string) => {
  try {
    return `taken: ${needsBridge(proxy)}`;
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

test.each([
  ["http://u:s3cret@proxy:3128", "taken: false"],
  ["socks5://u:s3cret@proxy:1080", "taken: true"],
  ["http://u:p%40ss@proxy", "taken: false"],
  ["http://u:s3cret@proxy:99999", 'the proxy "proxy:99999" cannot be used: it is no address'],
  ["ftp://u:s3cret@proxy", "the proxy ftp://proxy cannot be used: its scheme is not known"],
  [
    "http://u:100%s3cret@proxy:3128",
    "the proxy http://proxy:3128 cannot be used: its user name or password has a % that begins no escape",
  ],
])("%s", (proxy, words) => {
  expect(refusal(proxy)).toBe(words);
  expect(refusal(proxy)).not.toContain("s3cret");
});
