import type { Bench } from "./benchRow.ts";

interface RegisteredBench {
	readonly about: string;
	/** Loaded when it runs, so that one bench does not pay for another's modules. */
	readonly load: () => Promise<Bench>;
}

/** Every benchmark by the name it is called by. */
export const benches: Readonly<Record<string, RegisteredBench>> = {
	"consent.decide": {
		about: "decisions for patients with 50 consents, beside Cedar",
		load: async () => (await import("./consentDecide.ts")).consentDecide,
	},
	"blob.read": { about: "an encrypted object of 1 GB, in full and in ranges", load: async () => (await import("./blobRead.ts")).blobRead },
	"ledger.commit": {
		about: "consent transactions made durable by the embedded sealer",
		load: async () => (await import("./ledgerCommit.ts")).ledgerCommit,
	},
	"ledger.latency": {
		about: "from submission to durable at 1,000 transactions a second",
		load: async () => (await import("./ledgerLatency.ts")).ledgerLatency,
	},
	"ledger.replay": {
		about: "a chain of 200,000 transactions run again from genesis and verified",
		load: async () => (await import("./ledgerReplay.ts")).ledgerReplay,
	},
	"state.prove": {
		about: "proofs of presence and absence over a million keys",
		load: async () => (await import("./stateProve.ts")).stateProve,
	},
	"light.verify": {
		about: "one access proof from a header that validators decided on to its leaf, in a browser",
		load: async () => (await import("./lightVerify.ts")).lightVerify,
	},
	"log.append": {
		about: "entries made durable in the access log",
		load: async () => (await import("./logAppend.ts")).logAppend,
	},
	"gate.read": {
		about: "one record read through the gate: signature, consent, durable entry, receipt, key",
		load: async () => (await import("./gateRead.ts")).gateRead,
	},
	"gate.cohort": {
		about: "a count over 10,000 patients, each decided, logged, opened and charged",
		load: async () => (await import("./gateCohort.ts")).gateCohort,
	},
	"gate.read.process": {
		about: "the same with the keyring in a process of its own",
		load: async () => (await import("./gateReadProcess.ts")).gateReadProcess,
	},
	"consortium.commit": {
		about: "consents decided by four validators with four applications on this machine, sustained",
		load: async () => (await import("./consortiumCommit.ts")).consortiumCommit,
	},
	"consortium.finality": {
		about: "from submission to the members' decision at 500 consents a second",
		load: async () => (await import("./consortiumCommit.ts")).consortiumFinality,
	},
	"consortium.join": {
		about: "a fresh node from its start to serving a ledger of 100,000 consents, by snapshot",
		load: async () => (await import("./consortiumJoin.ts")).consortiumJoin,
	},
	"http.read": {
		about: "FHIR reads over HTTP through the gate, beside a route that returns the same JSON",
		load: async () => (await import("./fhir/httpRead.ts")).httpRead,
	},
	"http.search": {
		about: "FHIR searches over HTTP on patients with 500 resources",
		load: async () => (await import("./fhir/httpSearch.ts")).httpSearch,
	},
	"export.ndjson": {
		about: "a bulk export's file, each patient decided and logged while it is fetched",
		load: async () => (await import("./fhir/exportNdjson.ts")).exportNdjson,
	},
	"import.fhir": {
		about: "FHIR resources parsed, validated, classified, encrypted and committed",
		load: async () => (await import("./importFhir.ts")).importFhir,
	},
	"cds.order": {
		about: "cards for a selected order over HTTP: token, consent, durable entry, genes, guidelines, filed",
		load: async () => (await import("./cdsOrder.ts")).cdsOrder,
	},
	"pgx.call": {
		about: "a VCF of the 1,202 pharmacogenetic positions to calls and phenotypes, warm; the cold command beside",
		load: async () => (await import("./pgxCall.ts")).pgxCall,
	},
	"pgx.wgs": {
		about: "a report on a sealed whole genome of 5 million variants through the gate, beside bcftools where it is there",
		load: async () => (await import("./pgxWgs.ts")).pgxWgs,
	},
	"vcf.stream": {
		about: "records of a VCF read in a full pass, beside bcftools where it is there",
		load: async () => (await import("./vcfStream.ts")).vcfStream,
	},
	"portal.interactive": {
		about: "a patient's home in headless Chromium, navigation to usable",
		load: async () => (await import("./portal/interactive.ts")).portalInteractive,
	},
	"portal.chart": {
		about: "a chart of 500 resources in headless Chromium, from the click to usable",
		load: async () => (await import("./portal/chart.ts")).portalChart,
	},
	"portal.verify": {
		about: "a history of 10,000 accesses verified in the portal's worker",
		load: async () => (await import("./portal/verify.ts")).portalVerify,
	},
	"portal.script": {
		about: "compressed script of the portal's first page",
		load: async () => (await import("./portal/script.ts")).portalScript,
	},
	start: { about: "the network of three institutions, from an empty folder to ready", load: async () => (await import("./start.ts")).start },
};
