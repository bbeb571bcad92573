export { gate } from "#gate";
