import { createRootRoute, createRoute, createRouter, Link, useParams } from "@tanstack/react-router";
import { Grant } from "./pages/Grant.tsx";
import { Home } from "./pages/Home.tsx";
import { Proofs } from "./pages/Proofs.tsx";
import { RecordPage } from "./pages/Record.tsx";
import { Sharing } from "./pages/Sharing.tsx";
import { Trends } from "./pages/Trends.tsx";
import { WhoLooked } from "./pages/WhoLooked.tsx";
import { usePortal } from "./parts/PortalProvider.tsx";
import { Shell } from "./parts/Shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: Missing });

const routes = root.addChildren([
	createRoute({ getParentRoute: () => root, path: "/", component: Home }),
	createRoute({ getParentRoute: () => root, path: "/who-looked", component: WhoLooked }),
	createRoute({ getParentRoute: () => root, path: "/who-can-see-what", component: Sharing }),
	createRoute({ getParentRoute: () => root, path: "/who-can-see-what/new", component: () => <Grant changes={undefined} /> }),
	createRoute({ getParentRoute: () => root, path: "/who-can-see-what/$consentId", component: ChangeGrant }),
	createRoute({ getParentRoute: () => root, path: "/record", component: RecordPage }),
	createRoute({ getParentRoute: () => root, path: "/values", component: Trends }),
	createRoute({ getParentRoute: () => root, path: "/how-it-is-checked", component: Proofs }),
]);

export const router = createRouter({ routeTree: routes, scrollRestoration: true });

declare module "@tanstack/react-router" {
	interface Register {
		router: typeof router;
	}
}

function ChangeGrant() {
	const { consentId } = useParams({ strict: false });
	return <Grant changes={consentId} />;
}

function Missing() {
	const { texts } = usePortal();
	return (
		<section>
			<h1>{texts.app.missing}</h1>
			<Link to="/">{texts.app.toHome}</Link>
		</section>
	);
}
