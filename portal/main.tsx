import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { firstSpoken, worker } from "./begun.ts";
import { PortalError } from "./core/errors.ts";
import { PortalProvider } from "./parts/PortalProvider.tsx";
import { router } from "./router.tsx";
import { theme } from "./styles/theme.ts";

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

const spoken = await firstSpoken;
// Whatever came fast: the page's own markup may still be on its way.
if (document.readyState === "loading") await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));

createRoot(document.getElementById("portal") as HTMLElement).render(
	// Its variables and classes lie in the style sheet: a style element made by script is refused by the page's policy.
	<MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
		<QueryClientProvider client={queries}>
			<PortalProvider worker={worker} first={spoken}>
				<RouterProvider router={router} />
			</PortalProvider>
		</QueryClientProvider>
	</MantineProvider>,
);
