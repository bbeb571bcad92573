export { attic } from "../attic/index.ts";
