// What the explorer filters by: the facts, a choice of values, what matches it, and its address.
// Knows no page. A classic script, not a module: browsers load no module for a page opened as file.
(function () {
  "use strict";

  /** A choice: the numbers of the values wanted per facet, words to find, and the sorting. */
  class Choice {
    constructor(facts) {
      this.wanted = facts.facets.map(() => new Set());
      this.find = "";
      this.sort = "verdict";
      this.down = false;
    }

    get isEmpty() {
      return !this.find.trim() && this.wanted.every((set) => !set.size);
    }
  }

  /** Read the choice that an address holds; what it does not know it leaves out. */
  function fromAddress(facts, search, sorts) {
    const query = new URLSearchParams(search);
    const choice = new Choice(facts);
    facts.facets.forEach((facet, f) => {
      for (const value of query.getAll(facet.name)) {
        const number = facet.values.findIndex(([name]) => name === value);
        if (number >= 0) choice.wanted[f].add(number);
      }
    });
    choice.find = query.get("find") || "";
    const sort = query.get("sort") || "";
    if (sorts.includes(sort.replace(/^-/, ""))) {
      choice.sort = sort.replace(/^-/, "");
      choice.down = sort.startsWith("-");
    }
    return choice;
  }

  /** The query that keeps a choice: empty, or `?` and what differs from no choice at all. */
  function toAddress(facts, choice) {
    const query = new URLSearchParams();
    facts.facets.forEach((facet, f) => {
      facet.values.forEach(([name], number) => {
        if (choice.wanted[f].has(number)) query.append(facet.name, name);
      });
    });
    if (choice.find.trim()) query.set("find", choice.find.trim());
    if (choice.sort !== "verdict" || choice.down) query.set("sort", (choice.down ? "-" : "") + choice.sort);
    const text = query.toString();
    return text && `?${text}`;
  }

  /**
   * What matches a choice, and how many callers each value of each facet would leave.
   *
   * A caller matches when one of its cases has a wanted value of every facet, kernel and platform
   * at one place. A facet's own choice does not narrow its counts: they tell what one more value
   * would bring.
   *
   * @param facts the facts of the page.
   * @param choice the choice.
   * @param texts what the words to find are looked for in, one text per row, in lower case.
   * @returns shown: row, group of the worst match, matching cases with their matching places;
   *   counts: per facet and value.
   */
  function survey(facts, choice, texts) {
    const needles = choice.find.toLowerCase().split(/\s+/).filter(Boolean);
    const at = Object.fromEntries(facts.facets.map((facet, f) => [facet.name, f]));
    const own = facts.own.map((name) => at[name]);
    const counts = facts.facets.map((facet) => new Array(facet.values.length).fill(0));
    const isWanted = (f, number) => !choice.wanted[f].size || choice.wanted[f].has(number);
    const shown = [];
    facts.rows.forEach((row, r) => {
      if (!needles.every((needle) => texts[r].includes(needle))) return;
      const seen = facts.facets.map(() => new Set());
      const matches = [];
      row.cases.forEach(([group, places, ...values], number) => {
        const failing = own.filter((f, i) => choice.wanted[f].size && !values[i].flat().some((v) => isWanted(f, v)));
        if (failing.length > 1) return;
        const here = [];
        for (const place of places) {
          const [kernel, platform] = facts.places[place];
          const kernelFits = isWanted(at.kernel, kernel);
          const platformFits = isWanted(at.platform, platform);
          if (kernelFits && platformFits) here.push(place);
          if (failing.length) continue;
          if (platformFits) seen[at.kernel].add(kernel);
          if (kernelFits) seen[at.platform].add(platform);
        }
        if (!here.length) return;
        own.forEach((f, i) => {
          if (!failing.length || failing[0] === f) for (const v of values[i].flat()) seen[f].add(v);
        });
        if (!failing.length) matches.push({ number, group, places: here });
      });
      seen.forEach((numbers, f) => { for (const v of numbers) counts[f][v] += 1; });
      if (matches.length) shown.push({ row: r, group: Math.min(...matches.map((m) => m.group)), matches });
    });
    return { shown, counts };
  }

  window.lostipi = { Choice, fromAddress, toAddress, survey };
})();
