import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceText } from "./sourceText.ts";

const binary = /\.(?:png|jpg|ico|gz|woff2|db|pdf)$/;

/** Text of every file that is tracked, or would be: what git ignores is not looked at. Without git (an unpacked archive) there is nothing to list. */
export function readRepositoryFiles(root: string): SourceText[] {
	const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
		cwd: root,
		encoding: "utf8",
		maxBuffer: 1 << 26,
	});
	return listed
		.split("\0")
		.filter((path) => path !== "" && !binary.test(path) && existsSync(join(root, path)))
		.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
