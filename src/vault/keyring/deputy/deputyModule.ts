/** Where the thread that makes entries durable finds {@link OpeningDeputy}: by itself it is a fraction of the room, which a thread would load anew. */
export const deputyModule: string = new URL("./openingDeputy.ts", import.meta.url).href;
