/** What `aceso/genomics` is: the room, and the digest that its tables are named by. */
export { sha256Hex } from "#base";
export * from "#genomics";
