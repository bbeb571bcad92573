/**
 * Builds `aceso/genomics` into `dist/genomics`: one module for browsers and everything else that runs JavaScript, with nothing of Node in it. The
 * tables it calls by (`knowledge/pgx`) are handed to it, so whoever serves the module serves them beside it.
 *
 * Usage: npm run library [-- FOLDER]
 */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vite";

const root = join(import.meta.dirname, "..");
const folder = resolve(process.argv[2] ?? join(root, "dist/genomics"));

await build({
	root,
	configFile: false,
	envDir: false,
	publicDir: false,
	logLevel: "error",
	resolve: { conditions: ["browser", "module", "import"] },
	build: {
		outDir: folder,
		emptyOutDir: true,
		target: "es2023",
		lib: { entry: join(root, "scripts/library/genomics.ts"), formats: ["es"], fileName: () => "index.js" },
	},
});
process.stdout.write(`${join(folder, "index.js")}, ${Math.round(statSync(join(folder, "index.js")).size / 1024)} KiB\n`);
