import "./useTypeScript6.ts";
import { globSync } from "node:fs";
import { join } from "node:path";
import { ruleSet } from "./rules.ts";

export interface ArrowsResult {
	/** Modules of our own that were read. */
	readonly modules: number;
	/** Source files there are; a difference means that files went unread. */
	readonly sourceFiles: number;
	readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string; readonly comment: string }[];
}

/**
 * Reads every import under `root` and holds it against the rules.
 *
 * @param root - Absolute path of a repository with the rooms under `src`.
 */
export async function cruiseRooms(root: string): Promise<ArrowsResult> {
	// Loaded here, after the hook of useTypeScript6.ts is in place.
	const { cruise } = await import("dependency-cruiser");
	const folders = ["src", "bench"].filter((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }).length > 0);
	const { output } = await cruise(
		folders,
		{ baseDir: root, validate: true, ruleSet, tsPreCompilationDeps: true, doNotFollow: { path: "node_modules" }, combinedDependencies: true },
		{
			exportsFields: ["exports"],
			conditionNames: ["import", "require", "node", "default", "types"],
			mainFields: ["module", "main", "types"],
			extensions: [".ts", ".mjs", ".js", ".json"],
		},
	);
	if (typeof output === "string") throw new Error("dependency-cruiser answered with text where an object was expected");
	const comments = new Map(ruleSet.forbidden?.map((rule) => [rule.name, rule.comment ?? ""]));
	return {
		modules: output.modules.filter(({ source }) => folders.some((folder) => source.startsWith(`${folder}/`)) && source.endsWith(".ts")).length,
		sourceFiles: globSync(
			folders.map((folder) => join(folder, "**/*.ts")),
			{ cwd: root },
		).length,
		violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to, comment: comments.get(rule.name) ?? "" })),
	};
}
