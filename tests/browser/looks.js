// Marks with data-look one element of each look among those that hold words of their own: of the same
// tag, colours, size, weight, lines and grounds as another, and in parents of which the same is true,
// up to the root. How far a word stands out from its ground follows from these, so that one of each
// look speaks for all. Gives the number of looks and of elements.
() => {
  const READ = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight",
    "textDecorationLine", "borderBottomStyle", "textShadow", "position", "filter", "visibility",
    "display", "mixBlendMode"];
  const looks = new Map();
  const chains = new Map();
  const chain = (element) => {
    if (!element) return 0;
    const known = chains.get(element);
    if (known !== undefined) return known;
    const style = getComputedStyle(element);
    const key = [chain(element.parentElement), element.tagName,
      ...READ.map((name) => style[name])].join("|");
    if (!looks.has(key)) looks.set(key, looks.size + 1);
    chains.set(element, looks.get(key));
    return looks.get(key);
  };
  const seen = new Set();
  let words = 0;
  for (const element of document.body.querySelectorAll("*")) {
    element.removeAttribute("data-look");
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.checkVisibility()) continue;
    words += 1;
    const look = chain(element);
    if (seen.has(look)) continue;
    seen.add(look);
    element.setAttribute("data-look", look);
  }
  return [seen.size, words];
}
