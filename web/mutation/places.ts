/**
 * Every place in the code that enforces a numbered rule of MLS, found by its form so that a new one cannot be forgotten:
 * `demand(holds, Rule.X)`, `throw new MlsError(Rule.X)`, a call that is told which rule to name, and a call that stands
 * alone of a function which does nothing but enforce, as `checkTree(...)`. A form that nobody knows stops the run.
 */
import { type ESTree, parseSync } from "vite";

/** A change of a file's text: what stands at `start` until `end` becomes `text`, in which `ask` is the switch. */
export interface Edit {
  readonly what: string;
  readonly rules: readonly string[];
  readonly start: number;
  readonly end: number;
  text(original: string, ask: string): string;
}

// The parser's nodes are told apart by their type; here only a few of their fields matter.
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const CHECKING = /^#?check[A-Z]|^verify|^readSeat$|^identity|^externalPub$|^end$/;

/** What the functions of some files enforce: the names of rules by the last name of the function. */
export type Enforced = ReadonlyMap<string, ReadonlySet<string>>;

/** Finds what a call of each function enforces, through the checks that it calls in turn. */
export function enforcedBy(texts: readonly string[]): Enforced {
  const rules = new Map<string, Set<string>>();
  const calls = new Map<string, Set<string>>();
  for (const text of texts) {
    for (const node of walk(parsed(text))) {
      const name = functionName(node);
      if (name === "") continue;
      const inside = [...walk(node)];
      const found = rules.get(name) ?? new Set();
      for (const rule of inside.map(ruleOf)) if (rule !== "") found.add(rule);
      rules.set(name, found);
      const called = calls.get(name) ?? new Set();
      for (const other of inside.map(calledName)) if (CHECKING.test(other)) called.add(other);
      calls.set(name, called);
    }
  }
  const size = () => [...rules.values()].reduce((sum, found) => sum + found.size, 0);
  for (let before = -1; before !== size(); ) {
    before = size();
    for (const [name, called] of calls) {
      for (const other of called) for (const rule of rules.get(other) ?? []) rules.get(name)?.add(rule);
    }
  }
  return new Map([...rules].filter(([, found]) => found.size > 0));
}

/** Gives an edit for each part of each place in a file that enforces a rule. */
export function* placesIn(text: string, enforced: Enforced): Generator<Edit> {
  const parents = new Map<Node, Node>();
  const program = parsed(text);
  for (const node of walk(program)) for (const child of children(node)) parents.set(child, node);
  for (const node of walk(program)) {
    const rule = ruleOf(node);
    if (rule !== "") yield* switchedOff(node, rule, text, parents);
    const name = calledName(node);
    const isCheck = CHECKING.test(name) && enforced.has(name) && standsAlone(node, parents);
    if (isCheck && ![...walk(node)].some((inner) => ruleOf(inner) !== "")) {
      yield { ...off(node), what: `call of ${name}`, rules: [...(enforced.get(name) ?? [])] };
    }
  }
}

/** The bodies of loops that could go on for ever. */
export function* loopsIn(text: string): Generator<{ start: number; end: number }> {
  for (const node of walk(parsed(text))) {
    if (/^(While|DoWhile|For)Statement$/.test(node.type)) yield node.body as Node;
  }
}

/** Whether nobody uses the value of a call; what a short function of one call returns may be such a one. */
function standsAlone(call: Node, parents: ReadonlyMap<Node, Node>): boolean {
  const above = parents.get(call);
  const place = above?.type === "AwaitExpression" ? parents.get(above)?.type : above?.type;
  return place === "ExpressionStatement" || place === "ArrowFunctionExpression";
}

function off({ start, end }: Node): Pick<Edit, "start" | "end" | "text"> {
  return { start, end, text: (original, ask) => `(${ask} ? undefined : ${original})` };
}

function* switchedOff(rule: Node, name: string, text: string, parents: ReadonlyMap<Node, Node>): Generator<Edit> {
  const call = parents.get(rule);
  const above = call === undefined ? undefined : parents.get(call);
  if (call === undefined || above === undefined) throw new Error(`Rule.${name} in an unknown form`);
  const rules = [name];
  const what = (part: number) => `${name} part ${part + 1}`;
  if (calledName(call) === "demand") {
    const [condition] = call.arguments as Node[];
    for (const [at, part] of parts(condition as Node, "&&", text, parents).entries()) {
      const { start, end } = part;
      yield { what: what(at), rules, start, end, text: (original, ask) => `((${original}) || ${ask})` };
    }
  } else if (above.type === "ThrowStatement") {
    const guard = guardOf(above, parents);
    for (const [at, part] of (guard === undefined ? [above] : parts(guard, "||", text, parents)).entries()) {
      const { start, end } = part;
      yield part === above
        ? { what: what(0), rules, start, end, text: (original, ask) => `if (!${ask}) { ${original} }` }
        : { what: what(at), rules, start, end, text: (original, ask) => `((${original}) && !${ask})` };
    }
  } else if (calledName(call) === "refuseAs") {
    const promise = (call.arguments as Node[])[1] as Node;
    const given = text.slice(promise.start, promise.end);
    const { start, end } = call;
    const swallowed = `Promise.resolve(${given}).catch(() => undefined)`;
    yield { what: what(0), rules, start, end, text: (original, ask) => `(${ask} ? ${swallowed} : ${original})` };
  } else if (calledName(call).startsWith("verify")) {
    yield { ...off(call), what: what(0), rules };
  } else {
    throw new Error(`Rule.${name} in a form that the mutation check does not know`);
  }
}

/** The condition that alone stands before a refusal. */
function guardOf(refusal: Node, parents: ReadonlyMap<Node, Node>): Node | undefined {
  const above = parents.get(refusal);
  const [inner, guard] = above?.type === "BlockStatement" ? [above, parents.get(above)] : [refusal, above];
  return guard?.type === "IfStatement" && guard.consequent === inner ? (guard.test as Node) : undefined;
}

/** The conditions that hold together, looking through a name that was given to them just before. */
function parts(condition: Node, operator: string, text: string, parents: ReadonlyMap<Node, Node>): readonly Node[] {
  if (condition.type === "Identifier") {
    let scope: Node = condition;
    while (scope.type !== "BlockStatement") scope = parents.get(scope) ?? condition;
    const given = [...walk(scope)].filter(
      (node) => node.type === "VariableDeclarator" && (node.id as Node).name === condition.name,
    );
    const value = given.length === 1 ? (given[0]?.init as Node) : condition;
    return value.type === "LogicalExpression" ? parts(value, operator, text, parents) : [condition];
  }
  if (condition.type !== "LogicalExpression" || condition.operator !== operator) return [condition];
  return [condition.left as Node, condition.right as Node].flatMap((side) =>
    side.type === "Identifier" ? [side] : parts(side, operator, text, parents),
  );
}

function parsed(text: string): Node {
  const { program, errors } = parseSync("file.ts", text);
  if (errors.length > 0) throw new Error(errors[0]?.message);
  return program as ESTree.Program & Node;
}

function* children(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === "object" && one !== null && typeof one.type === "string") yield one;
    }
  }
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of children(node)) yield* walk(child);
}

/** The name of the rule that an expression is, or nothing. */
function ruleOf(node: Node): string {
  const isRule = node.type === "MemberExpression" && (node.object as Node).name === "Rule";
  return isRule ? String((node.property as Node).name) : "";
}

/** The last name of what is called, or nothing. */
function calledName(node: Node): string {
  if (node.type !== "CallExpression") return "";
  const callee = node.callee as Node;
  return nameOf(callee.type === "MemberExpression" ? (callee.property as Node) : callee);
}

function functionName(node: Node): string {
  if (node.type === "FunctionDeclaration") return nameOf(node.id as Node);
  return node.type === "MethodDefinition" ? nameOf(node.key as Node) : "";
}

function nameOf(node: Node): string {
  return node.type === "PrivateIdentifier" ? `#${String(node.name)}` : String(node.name ?? "");
}
