// Looks for what makes a page hard to use and names it. The value of this script is a list of faults.
// Checked: one h1, the landmarks, ids, a label for every field and a name for every button and link, an unbroken outline of headings, nothing
// wider than the window, and a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3; 3 to 1 for large text).
(() => {
  const faults = [];
  const say = (element, fault) => {
    faults.push(`${fault}: ${element.outerHTML.slice(0, 90)}`);
  };

  for (const selector of ["main", "header", "nav", "footer", "h1"]) {
    const count = document.querySelectorAll(selector).length;
    if (count !== 1) faults.push(`${count} of ${selector}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id ${id} twice`);
  for (const element of document.querySelectorAll("[aria-labelledby]")) {
    if (document.getElementById(element.getAttribute("aria-labelledby") ?? "") === null) say(element, "labelled by nothing");
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if ((field.labels?.length ?? 0) === 0) say(field, "no label");
  }
  for (const control of document.querySelectorAll("button, a")) {
    if (control.textContent.trim() === "" && !control.hasAttribute("aria-label") && control.getAttribute("aria-hidden") !== "true") say(control, "no name");
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3")) {
    const next = Number(heading.tagName.slice(1));
    if (next > level + 1) say(heading, `h${level} is followed by h${next}`);
    level = next;
  }
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push(`${document.documentElement.scrollWidth} wide in ${window.innerWidth}`);

  const parse = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top, below) => {
    const mix = (index) => top[index] * top[3] + below[index] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const groundOf = (element) => {
    if (element === null) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, groundOf(element.parentElement));
  };
  const brightness = (color) => {
    const part = (index) => {
      const share = color[index] / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || node.textContent?.trim() === "" || element.closest("svg, [aria-hidden=true], script") !== null) continue;
    const style = getComputedStyle(element);
    // What is hidden from sight needs no contrast.
    if (style.clipPath.startsWith("inset") || element.closest(".unseen, .skip") !== null) continue;
    const ground = groundOf(element);
    const [light = 0, dark = 0] = [brightness(over(parse(style.color), ground)), brightness(ground)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) say(element, `contrast ${ratio.toFixed(2)}`);
  }
  return faults;
})();
