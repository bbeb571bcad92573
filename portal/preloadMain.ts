import type { HtmlTagDescriptor, Plugin } from "vite";

/**
 * Names the application and everything that it imports in the head of the page. The first script asks for it only when it runs; so the browser fetches it
 * beside that script, and not after it.
 */
export function preloadMain(): Plugin {
	return {
		name: "aceso-preload-main",
		transformIndexHtml: {
			order: "post",
			handler(html, { bundle = {} }) {
				const chunks = new Map(Object.values(bundle).flatMap((each) => (each.type === "chunk" ? [[each.fileName, each] as const] : [])));
				const main = [...chunks.values()].find(({ facadeModuleId }) => facadeModuleId?.endsWith("/main.tsx"));
				if (main === undefined) throw new Error("expected main.tsx to be a file of its own");
				const needed = new Set([main.fileName]);
				// A set grows while it is walked: each file once, in the order in which they are asked for.
				for (const name of needed) for (const imported of chunks.get(name)?.imports ?? []) needed.add(imported);
				const unnamed = [...needed].filter((name) => !html.includes(`"/${name}"`));
				// Behind the first script, which goes before all of it, and behind what a browser wants in the first kilobyte.
				return unnamed.map(
					(name): HtmlTagDescriptor => ({
						tag: "link",
						attrs: { rel: "modulepreload", crossorigin: true, href: `/${name}` },
						injectTo: "head",
					}),
				);
			},
		},
	};
}
