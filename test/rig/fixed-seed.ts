/**
 * Preloaded by the suite: properties draw the same cases in every run of it, so that it fails for what was changed and
 * not by luck. A test file that is run by itself draws new ones each time.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.DEVLOOP_TEST_SEED) });
