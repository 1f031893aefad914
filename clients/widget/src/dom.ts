/* Elements without markup, so that a policy of trusted types holds; and events as the host page hears them. */
type Child = Node | string | null | false;

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

export function tell(host: HTMLElement, type: string, detail: Record<string, unknown>): void {
  host.dispatchEvent(new CustomEvent(`tessera:${type}`, { bubbles: true, composed: true, detail }));
}
