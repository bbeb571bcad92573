import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longest, longest first; the rest follows as vitest sorts it. On a fresh clone vitest knows no durations and goes by the size of
 * files: one of a minute that begins last leaves the other processor idle. The second of the list does not need the portal, which the first builds.
 */
export const longest: readonly RegExp[] = [
	/^portal\/portal\.test/,
	/^src\/node\/crash\/kill9/,
	/^portal\/ownKey/,
	/^portal\/survive/,
	/^portal\/bundle/,
	/^src\/cli\/nodeProcess/,
	/^scripts\/secondVerifier/,
	/^src\/vault\/keyring\/process\/attacks/,
	/^src\/gate\/log\/settle\.crash/,
	/^portal\/[^/]+\.test/,
	/^src\/cli\/(?:log|restore|runningNode|\w+Process)\.test/,
	/^src\/gate\/log\/fsckAccessLog/,
	/\.(?:crash|faults)\.test/,
	/^src\/node\/(?:attacks|signin|consortium)\//,
];

export class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const rankOf = ({ moduleId }: TestSpecification) => {
			const path = relative(this.ctx.config.root, moduleId).replaceAll("\\", "/");
			const rank = longest.findIndex((pattern) => pattern.test(path));
			return rank === -1 ? longest.length : rank;
		};
		return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
	}
}
