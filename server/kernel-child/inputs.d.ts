/** `Inputs` of cells; the package comes without types, and nothing here looks into it. */
declare module "@observablehq/inputs";
