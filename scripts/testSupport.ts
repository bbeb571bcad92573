/**
 * Source of a regular expression for the paths of tests and of what only they use: `x.test.ts`, `x.fixtures.ts`, `testing.ts` (and what begins
 * so) or a folder `testing`, the suite that every store runs, generators of fast-check, and the children that crash tests kill.
 */
export const testSupport =
	"(?:\\.test\\.ts|[./]fixtures?\\.ts|/testing\\w*\\.ts|/testing/.+\\.ts|/describeStore\\.ts|/arbitrary\\.ts|/crash[A-Z]\\w*\\.ts)$";
