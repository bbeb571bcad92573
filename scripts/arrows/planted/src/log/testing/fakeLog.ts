export const fake = "fake";
