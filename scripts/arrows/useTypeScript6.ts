import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/**
 * dependency-cruiser reads TypeScript through the compiler's programming interface, which TypeScript 7 no longer has; given that version it
 * finds no `.ts` file and says nothing. This package brings TypeScript 6 for it; every other tool keeps the repository's own.
 */
const fromHere = createRequire(import.meta.url);

registerHooks({
	resolve(specifier, context, next) {
		const asksForTypeScript = specifier === "typescript" || specifier.startsWith("typescript/");
		if (!asksForTypeScript || !context.parentURL?.includes("/node_modules/dependency-cruiser/")) return next(specifier, context);
		return { url: pathToFileURL(fromHere.resolve(specifier)).href, shortCircuit: true };
	},
});
