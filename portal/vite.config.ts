import { join } from "node:path";
import { defineConfig } from "vite";
import { preloadMain } from "./preloadMain.ts";

export default defineConfig({
	root: import.meta.dirname,
	publicDir: join(import.meta.dirname, "public"),
	cacheDir: join(import.meta.dirname, "../node_modules/.vite"),
	// Environment files of whoever builds change nothing.
	envDir: false,
	clearScreen: false,
	plugins: [preloadMain()],
	worker: { format: "es" },
	build: {
		target: "es2023",
		emptyOutDir: true,
		// Everything is a file of its own: the policy of the page lets no `data:` script or style in.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		sourcemap: false,
	},
});
