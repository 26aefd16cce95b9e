declare module "@observablehq/inputs";
declare module "lodash";
declare module "topojson-client";
