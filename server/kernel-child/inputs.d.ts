/** `Inputs`, `_` and `topojson` of cells; the packages come without types, and nothing here looks into them. */
declare module "@observablehq/inputs";
declare module "lodash";
declare module "topojson-client";
