import type { FrameContext } from "./context.ts";

const validName = /^(?:(?:viewof|mutable)[ $])?[A-Za-z_$][\w$]*$/;

/** Asks for the name under which other cells read a cell; empty takes the name away. */
export function askName(context: FrameContext, id: number): void {
  const dialog = document.createElement("dialog");
  dialog.className = "prompt";
  const label = document.createElement("label");
  label.textContent = "Name under which other cells read this one";
  const field = document.createElement("input");
  field.value = context.store.cell(id)?.output ?? "";
  field.placeholder = "orders";
  field.autocomplete = "off";
  field.spellcheck = false;
  const problem = document.createElement("div");
  problem.className = "prompt-problem";
  problem.role = "alert";
  // no form: a sandboxed document may not submit one
  const accept = (): void => {
    const name = field.value.trim();
    if (name !== "" && !validName.test(name)) {
      problem.textContent = "a name has letters, digits and _, and no digit first";
      return;
    }
    context.actions.attribute(id, "output", name === "" ? null : name);
    dialog.close();
  };
  const buttons = document.createElement("div");
  buttons.className = "prompt-buttons";
  buttons.append(
    button("Cancel", "", () => dialog.close()),
    button("Rename", "primary", accept),
  );
  label.append(field);
  dialog.append(label, problem, buttons);
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && event.target === field) accept();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    context.reveal(id);
  });
  document.body.append(dialog);
  dialog.showModal();
  field.select();
}

function button(label: string, className: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.textContent = label;
  made.className = className;
  made.addEventListener("click", run);
  return made;
}
