/**
 * Source of a regular expression for the paths of tests and of what only they use: `x.test.ts`, `x.fixtures.ts`, `testing.ts` or a folder of
 * that name, generators of fast-check, and the children that crash tests kill.
 */
export const testSupport = "(?:\\.test\\.ts|[./]fixtures?\\.ts|/testing\\.ts|/testing/.+\\.ts|/arbitrary\\.ts|/crash[A-Z]\\w*\\.ts)$";
