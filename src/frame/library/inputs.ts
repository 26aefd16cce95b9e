export * from "@observablehq/inputs";
