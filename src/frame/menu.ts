/** A line of a menu. */
export type MenuItem =
  | {
      readonly type: "action";
      readonly label: string;
      readonly keys?: string;
      readonly danger?: boolean;
      readonly checked?: boolean;
      readonly run: () => void;
    }
  | { readonly type: "heading"; readonly label: string }
  | { readonly type: "line" };

let open: (() => void) | null = null;

/** Opens a menu by an element; typing filters it where `filter` is set. Focus returns to the element when it closes. */
export function openMenu(
  anchor: Element,
  items: readonly MenuItem[],
  options: { readonly filter?: boolean } = {},
): void {
  open?.();
  const menu = document.createElement("div");
  menu.className = "menu";
  menu.role = "menu";
  menu.popover = "auto";
  const filter = options.filter ? filterField() : null;
  if (filter) menu.append(filter);
  const rows = items.map((item) => ({ item, element: toElement(item, () => close()) }));
  menu.append(...rows.map(({ element }) => element));
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor);

  const buttons = (): HTMLButtonElement[] => [...menu.querySelectorAll<HTMLButtonElement>("button:not([hidden])")];
  const close = (): void => {
    open = null;
    if (!menu.isConnected) return;
    const inside = menu.contains(document.activeElement);
    menu.remove();
    if (inside && anchor instanceof HTMLElement) anchor.focus();
  };
  open = close;
  menu.addEventListener("toggle", (event) => event.newState === "closed" && close());
  filter?.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase();
    for (const { item, element } of rows)
      element.hidden = wanted !== "" && (item.type !== "action" || !item.label.toLowerCase().includes(wanted));
  });
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const target =
      event.key === "ArrowDown"
        ? all[(at + 1) % all.length]
        : event.key === "ArrowUp"
          ? all.at(at <= 0 ? -1 : at - 1)
          : event.key === "Home" && !filter
            ? all[0]
            : event.key === "End" && !filter
              ? all.at(-1)
              : undefined;
    if (target) {
      event.preventDefault();
      target.focus();
    } else if (event.key === "Enter" && event.target === filter) {
      event.preventDefault();
      all[0]?.click();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
  });
  (filter ?? buttons()[0])?.focus();
}

function toElement(item: MenuItem, close: () => void): HTMLElement {
  switch (item.type) {
    case "line":
      return document.createElement("hr");
    case "heading": {
      const heading = document.createElement("div");
      heading.className = "menu-heading";
      heading.textContent = item.label;
      return heading;
    }
    case "action": {
      const button = document.createElement("button");
      button.role = item.checked === undefined ? "menuitem" : "menuitemcheckbox";
      if (item.checked !== undefined) button.ariaChecked = String(item.checked);
      if (item.danger) button.className = "danger";
      const label = document.createElement("span");
      label.textContent = item.label;
      button.append(label);
      if (item.keys !== undefined) {
        const keys = document.createElement("kbd");
        keys.textContent = item.keys;
        button.append(keys);
      }
      button.addEventListener("click", () => {
        close();
        item.run();
      });
      return button;
    }
  }
}

function filterField(): HTMLInputElement {
  const field = document.createElement("input");
  field.type = "text";
  field.placeholder = "Filter";
  field.ariaLabel = "Filter";
  return field;
}

function place(menu: HTMLElement, anchor: Element): void {
  const around = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = Math.max(8, Math.min(around.left, innerWidth - width - 8));
  const below = around.bottom + 4;
  const top = below + height > innerHeight - 8 ? Math.max(8, around.top - height - 4) : below;
  Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
}
