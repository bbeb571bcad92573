/**
 * Awaited between the steps of what many do at once. Those who were answered together then take each step one after the other, while its code and its
 * tables are still in the processor's caches: a read that runs through in one piece takes a quarter more of the processor. It waits for nothing else.
 */
export const sideBySide: Promise<void> = Promise.resolve();
