/** The part of the classic parser that we use; it comes without types. */
declare module "@observablehq/parser" {
  import type { BlockStatement, Expression, Identifier, Literal, Node } from "acorn";

  export interface ViewExpression extends Node {
    readonly type: "ViewExpression";
    readonly id: Identifier;
  }
  export interface MutableExpression extends Node {
    readonly type: "MutableExpression";
    readonly id: Identifier;
  }
  export interface ClassicSpecifier extends Node {
    readonly type: "ImportSpecifier";
    readonly view: boolean;
    readonly mutable: boolean;
    readonly imported: Identifier;
    readonly local: Identifier;
  }
  export interface ClassicImport extends Node {
    readonly type: "ImportDeclaration";
    readonly specifiers: readonly ClassicSpecifier[];
    readonly injections?: readonly ClassicSpecifier[];
    readonly source: Literal;
  }
  export type ClassicName = Identifier | ViewExpression | MutableExpression;
  export interface ClassicCell extends Node {
    readonly id: ClassicName | null;
    readonly body: Expression | BlockStatement | ClassicImport | null;
    readonly async: boolean;
    readonly generator: boolean;
    readonly references: readonly ClassicName[];
    readonly fileAttachments: ReadonlyMap<string, readonly { readonly start: number; readonly end: number }[]>;
    readonly databaseClients: ReadonlyMap<string, unknown>;
    readonly secrets: ReadonlyMap<string, unknown>;
  }
  export function parseCell(input: string): ClassicCell;
}
