/** Reads a proof from standard input and prints how long it took: started with a browser's modules (`--conditions=browser`). */
import { text } from "node:stream/consumers";
import { measureAccess } from "./measureAccess.ts";

console.log(JSON.stringify(measureAccess(await text(process.stdin))));
