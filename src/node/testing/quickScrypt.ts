/**
 * What the passphrase of a test's keyring costs: half a second of scrypt for each institution of each network was most of what tests of a node
 * waited for, and guards a folder that is gone a moment later. What a real one costs is held by [VA26].
 */
export const quickScrypt = { N: 2 ** 4, r: 8, p: 1 } as const;
