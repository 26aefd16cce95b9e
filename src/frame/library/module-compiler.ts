export { compileModule } from "../../../cells/compile/module.ts";
