import { globalNames } from "./global-names.ts";
import {
  walk,
  type CallExpression,
  type Class,
  type Expression,
  type FunctionNode,
  type Identifier,
  type ImportDeclaration,
  type ImportExpression,
  type MemberExpression,
  type MetaProperty,
  type NewExpression,
  type Node,
  type Pattern,
  type Visitors,
} from "./syntax.ts";

/** What one walk over the trees of a cell finds. Lists are in the order of the source. */
export interface Analysis {
  /** names that nothing in the cell declares and that are not globals: the inputs */
  readonly references: readonly Identifier[];
  /** uses of a global that nothing in the cell shadows */
  readonly globals: readonly Identifier[];
  /** names that the program declares at its top: the outputs */
  readonly declarations: readonly Identifier[];
  /** every place in which a name declared at the top stands */
  readonly occurrences: ReadonlyMap<string, readonly Identifier[]>;
  /** every name declared anywhere */
  readonly declared: ReadonlySet<string>;
  /** identifiers that are assigned, inner ones first */
  readonly assigned: readonly Identifier[];
  readonly calls: readonly CallExpression[];
  readonly constructions: readonly NewExpression[];
  readonly members: readonly MemberExpression[];
  readonly imports: readonly ImportDeclaration[];
  readonly dynamicImports: readonly ImportExpression[];
  /** `import.meta`; acorn has made sure that no other meta property stands at the top */
  readonly metas: readonly MetaProperty[];
  readonly exports: readonly Node[];
  /** `viewof x` and `mutable x`, in classic cells only */
  readonly specials: readonly Node[];
  /** whether anything outside of functions awaits */
  readonly async: boolean;
}

/**
 * Resolves every identifier of the given trees, which share one top scope. Functions and classes in blocks belong to
 * their block, as in all strict code.
 */
export function analyse(roots: readonly Node[]): Analysis {
  const found = new Found();
  const top = new Scope(null, true);
  for (const root of roots) walk(root, top, visitorsOf(found));
  return found.resolve(top);
}

/** The identifiers that a pattern binds or assigns; members such as `a.b` bind none. */
export function boundNames(pattern: Pattern | Expression): readonly Identifier[] {
  if (pattern.type === "Identifier") return [pattern];
  if (pattern.type === "ObjectPattern")
    return pattern.properties.flatMap((property) =>
      boundNames(property.type === "Property" ? property.value : property),
    );
  if (pattern.type === "ArrayPattern")
    return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)));
  if (pattern.type === "RestElement") return boundNames(pattern.argument);
  if (pattern.type === "AssignmentPattern") return boundNames(pattern.left);
  if (pattern.type === "ParenthesizedExpression") return boundNames(pattern.expression);
  return [];
}

class Scope {
  readonly parent: Scope | null;
  readonly names = new Set<string>();
  /** the scope that `var` declares in */
  readonly ofVar: Scope;
  readonly inFunction: boolean;

  constructor(parent: Scope | null, ofVar: boolean) {
    this.parent = parent;
    this.ofVar = parent === null || ofVar ? this : parent.ofVar;
    this.inFunction = parent !== null && (ofVar || parent.inFunction);
  }
}

class Found {
  readonly uses: (readonly [Identifier, Scope])[] = [];
  readonly declarations: Identifier[] = [];
  readonly declared = new Set<string>();
  readonly assigned: Identifier[] = [];
  readonly calls: CallExpression[] = [];
  readonly constructions: NewExpression[] = [];
  readonly members: MemberExpression[] = [];
  readonly imports: ImportDeclaration[] = [];
  readonly dynamicImports: ImportExpression[] = [];
  readonly metas: MetaProperty[] = [];
  readonly exports: Node[] = [];
  readonly specials: Node[] = [];
  async = false;

  declare(name: string, scope: Scope): void {
    scope.names.add(name);
    this.declared.add(name);
  }

  declareId(id: Identifier, scope: Scope, top: boolean): void {
    this.declare(id.name, scope);
    if (top) this.declarations.push(id);
  }

  resolve(top: Scope): Analysis {
    const references: Identifier[] = [];
    const globals: Identifier[] = [];
    const occurrences = new Map<string, Identifier[]>();
    for (const [node, scope] of this.uses) {
      let owner: Scope | null = scope;
      while (owner !== null && !owner.names.has(node.name)) owner = owner.parent;
      if (owner === top) pushTo(occurrences, node.name, node);
      else if (owner === null) (globalNames.has(node.name) ? globals : references).push(node);
    }
    const { uses: _uses, ...lists } = this;
    return { ...lists, references, globals, occurrences };
  }
}

function pushTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function visitorsOf(found: Found): Visitors<Scope> {
  const top = (scope: Scope): boolean => scope.parent === null;
  const refer = (node: Identifier, scope: Scope): void => void found.uses.push([node, scope]);
  const assign = (target: Pattern | Expression): void => void found.assigned.push(...boundNames(target));
  const keep = (node: Node): void => void found.exports.push(node);
  const special = (node: Node): void => void found.specials.push(node);

  return {
    Identifier: refer,
    Pattern(node, scope, visit) {
      if (node.type === "Identifier") refer(node, scope);
      else visit(node, scope);
    },

    VariableDeclaration(node, scope, visit) {
      const target = node.kind === "var" ? scope.ofVar : scope;
      if (node.kind === "await using" && !scope.inFunction) found.async = true;
      for (const { id, init } of node.declarations) {
        for (const name of boundNames(id)) found.declareId(name, target, top(scope));
        visit(id, scope);
        if (init) visit(init, scope);
      }
    },
    Function(node: FunctionNode, scope, visit) {
      if (node.type === "FunctionDeclaration" && node.id) {
        found.declareId(node.id, scope, top(scope));
        refer(node.id, scope);
      }
      const inner = new Scope(scope, true);
      if (node.type === "FunctionExpression" && node.id) found.declare(node.id.name, inner);
      if (node.type !== "ArrowFunctionExpression") found.declare("arguments", inner);
      for (const param of node.params) {
        for (const name of boundNames(param)) found.declare(name.name, inner);
        visit(param, inner);
      }
      visit(node.body, inner);
    },
    Class(node: Class, scope, visit) {
      if (node.type === "ClassDeclaration" && node.id) {
        found.declareId(node.id, scope, top(scope));
        refer(node.id, scope);
      }
      const inner = new Scope(scope, false);
      if (node.type === "ClassExpression" && node.id) found.declare(node.id.name, inner);
      if (node.superClass) visit(node.superClass, inner);
      visit(node.body, inner);
    },
    ImportDeclaration(node, scope) {
      found.imports.push(node);
      for (const { local } of node.specifiers) {
        found.declareId(local, scope, true);
        refer(local, scope);
      }
    },

    BlockStatement(node, scope, visit) {
      const inner = new Scope(scope, false);
      for (const statement of node.body) visit(statement, inner);
    },
    StaticBlock(node, scope, visit) {
      const inner = new Scope(scope, true);
      for (const statement of node.body) visit(statement, inner);
    },
    SwitchStatement(node, scope, visit) {
      visit(node.discriminant, scope);
      const inner = new Scope(scope, false);
      for (const branch of node.cases) visit(branch, inner);
    },
    CatchClause(node, scope, visit) {
      const inner = new Scope(scope, false);
      if (node.param) {
        for (const name of boundNames(node.param)) found.declare(name.name, inner);
        visit(node.param, inner);
      }
      visit(node.body, inner);
    },
    ForStatement(node, scope, visit) {
      const inner = new Scope(scope, false);
      for (const part of [node.init, node.test, node.update, node.body]) if (part) visit(part, inner);
    },
    ForInStatement(node, scope, visit) {
      const inner = new Scope(scope, false);
      for (const part of [node.left, node.right, node.body]) visit(part, inner);
      if (node.left.type !== "VariableDeclaration") assign(node.left);
    },
    ForOfStatement(node, scope, visit) {
      if (node.await && !scope.inFunction) found.async = true;
      const inner = new Scope(scope, false);
      for (const part of [node.left, node.right, node.body]) visit(part, inner);
      if (node.left.type !== "VariableDeclaration") assign(node.left);
    },

    AssignmentExpression(node, scope, visit) {
      visit(node.left, scope);
      visit(node.right, scope);
      assign(node.left);
    },
    UpdateExpression(node, scope, visit) {
      visit(node.argument, scope);
      assign(node.argument);
    },
    AwaitExpression(node, scope, visit) {
      if (!scope.inFunction) found.async = true;
      visit(node.argument, scope);
    },
    CallExpression(node, scope, visit) {
      found.calls.push(node);
      visit(node.callee, scope);
      for (const argument of node.arguments) visit(argument, scope);
    },
    NewExpression(node, scope, visit) {
      found.constructions.push(node);
      visit(node.callee, scope);
      for (const argument of node.arguments) visit(argument, scope);
    },
    MemberExpression(node, scope, visit) {
      found.members.push(node);
      visit(node.object, scope);
      if (node.computed) visit(node.property, scope);
    },
    ImportExpression(node, scope, visit) {
      found.dynamicImports.push(node);
      visit(node.source, scope);
      if (node.options) visit(node.options, scope);
    },
    MetaProperty(node) {
      if (node.meta.name === "import") found.metas.push(node);
    },

    ExportAllDeclaration: keep,
    ExportDefaultDeclaration: keep,
    ExportNamedDeclaration: keep,
    ViewExpression: special,
    MutableExpression: special,
  };
}
