export { Health } from "./Health.tsx";
export { Live } from "./Live.tsx";
export { Members } from "./Members.tsx";
export { Refusals } from "./Refusals.tsx";
export { Reports } from "./Reports.tsx";
export { Reviews } from "./Reviews.tsx";
