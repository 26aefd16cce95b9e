export * from "d3";
