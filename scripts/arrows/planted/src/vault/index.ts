export { log } from "../log/index.ts";
export const door = "door";
