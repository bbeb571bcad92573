export { fake } from "./testing/fakeLog.ts";
