export const gate = "gate";
