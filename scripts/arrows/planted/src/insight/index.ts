export type { door } from "#vault";
export { hidden } from "../gate/hidden.ts";
export { absent } from "./absent.ts";
export { even } from "./even.ts";
