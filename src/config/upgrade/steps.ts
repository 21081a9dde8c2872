/**
 * The steps from the oldest version to the newest. A version without a step differs from the next one only by new
 * fields, or not at all, so that only its apiVersion changes.
 */
import type { Step } from "./step.ts";
import { v1alpha1 } from "./versions/v1alpha1.ts";
import { v1alpha2 } from "./versions/v1alpha2.ts";
import { v1alpha3 } from "./versions/v1alpha3.ts";
import { v1alpha5 } from "./versions/v1alpha5.ts";
import { v1beta6 } from "./versions/v1beta6.ts";
import { v1beta8 } from "./versions/v1beta8.ts";
import { v1beta9 } from "./versions/v1beta9.ts";
import { v1beta13 } from "./versions/v1beta13.ts";
import { v2alpha1 } from "./versions/v2alpha1.ts";
import { v2alpha2 } from "./versions/v2alpha2.ts";
import { v2beta3 } from "./versions/v2beta3.ts";
import { v2beta4 } from "./versions/v2beta4.ts";
import { v2beta7 } from "./versions/v2beta7.ts";
import { v2beta8 } from "./versions/v2beta8.ts";
import { v2beta12 } from "./versions/v2beta12.ts";
import { v2beta16 } from "./versions/v2beta16.ts";
import { v2beta22 } from "./versions/v2beta22.ts";
import { v2beta27 } from "./versions/v2beta27.ts";
import { v2beta29 } from "./versions/v2beta29.ts";
import { v3 } from "./versions/v3.ts";
import { v4beta3 } from "./versions/v4beta3.ts";
import { v4beta4 } from "./versions/v4beta4.ts";
import { v4beta7 } from "./versions/v4beta7.ts";

/** Sorted by version. */
export const steps: readonly Step[] = [
  v1alpha1,
  v1alpha2,
  v1alpha3,
  v1alpha5,
  v1beta6,
  v1beta8,
  v1beta9,
  v1beta13,
  v2alpha1,
  v2alpha2,
  v2beta3,
  v2beta4,
  v2beta7,
  v2beta8,
  v2beta12,
  v2beta16,
  v2beta22,
  v2beta27,
  v2beta29,
  v3,
  v4beta3,
  v4beta4,
  v4beta7,
];
