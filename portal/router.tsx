import { createRootRoute, createRoute, createRouter, Link, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { Home } from "./pages/Home.tsx";
import { RecordPage } from "./pages/Record.tsx";
import { WhoLooked } from "./pages/WhoLooked.tsx";
import { lazyPage } from "./parts/lazyPage.tsx";
import { usePortal } from "./parts/PortalProvider.tsx";
import { isOfficerAlone, useRoles } from "./parts/queries.ts";
import { Shell } from "./parts/Shell.tsx";
import { Failure, Loading } from "./parts/States.tsx";

const ChartPage = lazyPage(() => import("./pages/ChartPage.tsx").then((module) => module.ChartPage));
const Grant = lazyPage(() => import("./pages/Grant.tsx").then((module) => module.Grant));
const Patients = lazyPage(() => import("./pages/Patients.tsx").then((module) => module.Patients));
const Proofs = lazyPage(() => import("./pages/Proofs.tsx").then((module) => module.Proofs));
const Sharing = lazyPage(() => import("./pages/Sharing.tsx").then((module) => module.Sharing));
const Trends = lazyPage(() => import("./pages/Trends.tsx").then((module) => module.Trends));
const Invite = lazyPage(() => import("./pages/Invite.tsx").then((module) => module.Invite));
const MyKey = lazyPage(() => import("./pages/MyKey.tsx").then((module) => module.MyKey));
const Genes = lazyPage(() => import("./pages/Genes.tsx").then((module) => module.Genes));
const Erase = lazyPage(() => import("./pages/Erase.tsx").then((module) => module.Erase));
const HeartRisk = lazyPage(() => import("./pages/HeartRisk.tsx").then((module) => module.HeartRisk));
const Helpers = lazyPage(() => import("./pages/Helpers.tsx").then((module) => module.Helpers));
const Research = lazyPage(() => import("./pages/Research.tsx").then((module) => module.Research));

/** Pages of officers; one script for all of them. */
const officers = () => import("./pages/officer/officerPages.ts");
const Live = lazyPage(() => officers().then((pages) => pages.Live));
const Reviews = lazyPage(() => officers().then((pages) => pages.Reviews));
const Refusals = lazyPage(() => officers().then((pages) => pages.Refusals));
const Health = lazyPage(() => officers().then((pages) => pages.Health));
const Members = lazyPage(() => officers().then((pages) => pages.Members));
const Reports = lazyPage(() => officers().then((pages) => pages.Reports));

const root = createRootRoute({ component: Shell, notFoundComponent: Missing });

/** A page of a patient's: for whoever works here there is none. */
function forPatients(Page: ComponentType) {
	return function PatientPage() {
		const { session } = usePortal();
		return session?.actor.kind === "staff" ? <Missing /> : <Page />;
	};
}

/** A page of an officer's. Who has no such credential would be refused by the node at every look, and is not led there. */
function forOfficers(Page: ComponentType) {
	return function OfficerPage() {
		const roles = useRoles();
		if (roles.data === undefined) return <Waiting query={roles} />;
		return roles.data.includes("compliance-officer") ? <Page /> : <Missing />;
	};
}

function First() {
	const { session } = usePortal();
	return session?.actor.kind === "staff" ? <FirstOfStaff /> : <Home />;
}

function FirstOfStaff() {
	const roles = useRoles();
	if (roles.data === undefined) return <Waiting query={roles} />;
	return isOfficerAlone(roles.data) ? <Live /> : <Patients />;
}

function Waiting({ query: { error, isFetching, refetch } }: { readonly query: ReturnType<typeof useRoles> }) {
	return error === null || isFetching ? <Loading /> : <Failure error={error} onRetry={() => void refetch()} />;
}

const routes = root.addChildren([
	createRoute({ getParentRoute: () => root, path: "/", component: First }),
	createRoute({ getParentRoute: () => root, path: "/patients/$localId", component: ChartRoute }),
	createRoute({ getParentRoute: () => root, path: "/oversight", component: forOfficers(Live) }),
	createRoute({ getParentRoute: () => root, path: "/oversight/reviews", component: forOfficers(Reviews) }),
	createRoute({ getParentRoute: () => root, path: "/oversight/refusals", component: forOfficers(Refusals) }),
	createRoute({ getParentRoute: () => root, path: "/oversight/health", component: forOfficers(Health) }),
	createRoute({ getParentRoute: () => root, path: "/oversight/members", component: forOfficers(Members) }),
	createRoute({ getParentRoute: () => root, path: "/oversight/reports", component: forOfficers(Reports) }),
	createRoute({ getParentRoute: () => root, path: "/heart-risk", component: forPatients(HeartRisk) }),
	createRoute({ getParentRoute: () => root, path: "/who-looked", component: forPatients(WhoLooked) }),
	createRoute({ getParentRoute: () => root, path: "/who-can-see-what", component: forPatients(Sharing) }),
	createRoute({ getParentRoute: () => root, path: "/who-can-see-what/new", component: forPatients(() => <Grant changes={undefined} />) }),
	createRoute({ getParentRoute: () => root, path: "/who-can-see-what/$consentId", component: forPatients(ChangeGrant) }),
	createRoute({ getParentRoute: () => root, path: "/record", component: forPatients(RecordPage) }),
	createRoute({ getParentRoute: () => root, path: "/values", component: forPatients(Trends) }),
	createRoute({ getParentRoute: () => root, path: "/who-acts-for-me", component: forPatients(Helpers) }),
	createRoute({ getParentRoute: () => root, path: "/research", component: forPatients(Research) }),
	createRoute({ getParentRoute: () => root, path: "/erase", component: forPatients(Erase) }),
	createRoute({ getParentRoute: () => root, path: "/genes", component: forPatients(Genes) }),
	createRoute({ getParentRoute: () => root, path: "/invite", component: InviteRoute }),
	createRoute({ getParentRoute: () => root, path: "/my-key", component: KeyRoute }),
	createRoute({ getParentRoute: () => root, path: "/how-it-is-checked", component: forPatients(Proofs) }),
]);

export const router = createRouter({
	routeTree: routes,
	scrollRestoration: true,
	// Not under its address, which on a chart names the patient.
	getScrollRestorationKey: ({ state }) => state.__TSR_key ?? "",
});

declare module "@tanstack/react-router" {
	interface Register {
		router: typeof router;
	}
}

function InviteRoute() {
	const { session } = usePortal();
	return session?.actor.kind === "staff" ? <Invite /> : <Missing />;
}

/** A helper has no key of the person's. */
function KeyRoute() {
	const { session } = usePortal();
	return session?.helped === undefined ? <MyKey /> : <Missing />;
}

function ChartRoute() {
	const { session } = usePortal();
	const { localId = "" } = useParams({ strict: false });
	return session?.actor.kind === "staff" ? <ChartPage key={localId} localId={localId} /> : <Missing />;
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
