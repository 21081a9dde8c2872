/** A store of one test, in a folder that is gone with it. */
import { join } from "node:path";
import { systemClock } from "../../src/std/clock.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { tempFolder } from "./temp-folder.ts";

export interface TestStore extends AsyncDisposable {
  readonly store: Store;
  /** The store lies in `cache` and `state` of it. */
  readonly folder: string;
}

export async function testStore(): Promise<TestStore> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await tempFolder());
  const store = stack.use(
    await openStore({ cacheDir: join(path, "cache"), stateDir: join(path, "state"), clock: systemClock }),
  );
  const owned = stack.move();
  return { store, folder: path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
