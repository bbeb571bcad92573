import { door } from "./index.ts";

export const own = door;
