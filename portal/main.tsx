import "@mantine/core/styles.css";
import "./styles/portal.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { PortalError } from "./core/errors.ts";
import { openWorker } from "./core/openWorker.ts";
import { firstLanguage, PortalProvider } from "./parts/PortalProvider.tsx";
import { router } from "./router.tsx";
import { theme } from "./styles/theme.ts";
import { type Language, loadTexts, type Texts } from "./texts/texts.ts";

/** A look at a history or record is an access: nothing is asked again by itself but what costs nothing. */
const queries = new QueryClient({
	defaultOptions: {
		queries: {
			networkMode: "always",
			staleTime: 60_000,
			// Comparing ten thousand lines with those before would hold the page up for longer than drawing them.
			structuralSharing: false,
			gcTime: Number.POSITIVE_INFINITY,
			refetchOnWindowFocus: false,
			refetchOnReconnect: false,
			// A refusal stays one; a node that starts again is there a moment later.
			retry: (failures, error) => failures < 2 && error instanceof PortalError && error.code === "OFFLINE",
		},
		mutations: { networkMode: "always" },
	},
});

/** How long to wait before words are asked for again that did not come, in ms. */
const againMs = 3_000;

/** Nothing can be said before there are words. */
async function loadFirst(language: Language): Promise<Texts> {
	for (;;) {
		const words = await loadTexts(language).catch(() => undefined);
		if (words !== undefined) return words;
		await new Promise((resolve) => setTimeout(resolve, againMs));
	}
}

// Comes while the words do.
const worker = openWorker();
const language = firstLanguage();
const words = await loadFirst(language);

createRoot(document.getElementById("portal") as HTMLElement).render(
	// Its variables and classes lie in the style sheet: a style element made by script is refused by the page's policy.
	<MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
		<QueryClientProvider client={queries}>
			<PortalProvider worker={worker} first={{ language, texts: words }}>
				<RouterProvider router={router} />
			</PortalProvider>
		</QueryClientProvider>
	</MantineProvider>,
);
