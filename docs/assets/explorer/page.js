// The explorer's page: builds the filters, shows what matches, keeps the address. Rows are those of
// the page as it came; they are moved, never made from text.
(function () {
  "use strict";
  const { Choice, fromAddress, toAddress, survey, toCsv, toJson, save } = window.lostipi;
  const OPEN = ["verdict", "default", "platform", "kernel"];
  const LONG = 9; // Facets with more values than this hide those that would leave nothing.

  const section = document.querySelector(".explorer");
  const table = section.querySelector("table");
  const facts = JSON.parse(section.querySelector("script[type='application/json']").textContent);
  const parts = Array.from(table.tBodies);
  const rows = parts.flatMap((part) => Array.from(part.rows).slice(1));
  const heads = Array.from(table.tHead.rows[0].cells);
  const sorts = heads.map((head) => head.dataset.sort);
  const texts = rows.map((row, r) => `${facts.rows[r].id} ${facts.rows[r].words} ${row.textContent}`.toLowerCase());
  const sentences = rows.map((row) => Array.from(row.querySelectorAll("[data-cases]"), (sentence) => ({
    sentence,
    cases: sentence.dataset.cases.split(" ").map(Number),
  })));
  const keys = rows.map((row) => Array.from(row.cells, (cell) => cell.textContent.trim().toLowerCase()));
  let choice = new Choice(facts);
  let shown = [];
  let isTyping = false;

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }

  // Filters

  const find = make("input", {
    type: "search", placeholder: "function, file, text", "aria-label": "Find", autocomplete: "off", spellcheck: "false",
    oninput() {
      choice.find = find.value;
      show();
      // One step back undoes a whole word, not a letter.
      remember(isTyping);
      isTyping = true;
    },
  });

  const facets = facts.facets.map((facet, f) => {
    const boxes = facet.values.map(([value, label, meaning], number) => {
      const box = make("input", { type: "checkbox", onchange: () => want(f, number, box.checked) });
      const count = make("span", { class: "n" });
      const line = make("label", { title: meaning }, box, make("span", { class: "value" }, label), " ", count);
      return { box, count, line };
    });
    const chosen = make("span", { class: "n" });
    const field = make("details", { open: OPEN.includes(facet.name) },
      make("summary", {}, facet.label, " ", chosen),
      make("div", { role: "group", "aria-label": facet.label }, ...boxes.map(({ line }) => line)));
    return { boxes, chosen, field };
  });
  const fields = make("div", { id: "explorer-fields", class: "fields" }, ...facets.map(({ field }) => field));
  const more = make("button", {
    type: "button", class: "more", "aria-expanded": "false", "aria-controls": fields.id,
    onclick() {
      more.setAttribute("aria-expanded", String(fields.classList.toggle("open")));
    },
  }, "Filters");
  const form = make("form", { class: "filters", role: "search", "aria-label": "Filter callers", onsubmit: (event) => event.preventDefault() },
    find, more, fields);

  // What was found

  const count = make("output", {});
  const chips = make("ul", { class: "chips", "aria-label": "Filters set" });
  const none = make("p", { class: "none", hidden: true }, "No caller has all of this. ",
    make("button", { type: "button", onclick: clear }, "Clear all filters"));
  const bar = make("div", { class: "bar" }, count,
    make("span", { class: "downloads" }, "This view as ",
      make("button", { type: "button", onclick: () => save("lostipi-callers.csv", "text/csv", toCsv(facts, shown, details)) }, "CSV"), " ",
      make("button", { type: "button", onclick: () => save("lostipi-callers.json", "application/json", toJson(facts, shown, details, location.href)) }, "JSON")));
  const flat = make("tbody", {});
  const results = make("div", { class: "results" }, bar, chips, none);

  function details(row) {
    return {
      page: rows[row].querySelector("a").href,
      consequence: (number) => sentences[row].find(({ cases }) => cases.includes(number)).sentence.textContent,
    };
  }

  heads.forEach((head, column) => {
    const button = make("button", {
      type: "button",
      onclick() {
        choice.down = choice.sort === sorts[column] && !choice.down;
        choice.sort = sorts[column];
        show();
        remember();
      },
    }, head.textContent);
    head.replaceChildren(button);
  });

  // Acts

  function want(f, number, isWanted) {
    if (isWanted) choice.wanted[f].add(number);
    else choice.wanted[f].delete(number);
    show();
    remember();
  }

  function clear() {
    const { sort, down } = choice;
    choice = Object.assign(new Choice(facts), { sort, down });
    find.focus();
    show();
    remember();
  }

  function remember(isSameStep = false) {
    isTyping = false;
    const address = location.pathname + toAddress(facts, choice) + location.hash;
    if (isSameStep) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }

  function recall() {
    isTyping = false;
    choice = fromAddress(facts, location.search, sorts);
    for (const [f, { field }] of facets.entries()) if (choice.wanted[f].size) field.open = true;
    show();
  }

  function show() {
    const found = survey(facts, choice, texts);
    shown = sorted(found.shown);
    showRows();
    showFacets(found.counts);
    showChips();
    count.textContent = shown.length === rows.length ? `${rows.length} callers` : `${shown.length} of ${rows.length} callers`;
    none.hidden = shown.length > 0;
    table.hidden = !shown.length;
    if (find.value !== choice.find) find.value = choice.find;
    heads.forEach((head, column) => {
      if (sorts[column] === choice.sort) head.setAttribute("aria-sort", choice.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function sorted(found) {
    const column = sorts.indexOf(choice.sort);
    const compare = choice.sort === "verdict"
      ? (a, b) => a.group - b.group
      : (a, b) => (keys[a.row][column] < keys[b.row][column] ? -1 : Number(keys[a.row][column] > keys[b.row][column]));
    const sign = choice.down ? -1 : 1;
    // Rows stand worst first, and sorting keeps the order of what is alike.
    return found.slice().sort((a, b) => sign * compare(a, b));
  }

  function showRows() {
    for (const { row, matches } of shown) {
      const numbers = new Set(matches.map(({ number }) => number));
      for (const { sentence, cases } of sentences[row]) sentence.hidden = !cases.some((number) => numbers.has(number));
      for (const stand of rows[row].querySelectorAll(".stand")) stand.hidden = !stand.querySelector("p:not([hidden])");
    }
    const isGrouped = choice.sort === "verdict";
    parts.forEach((part, group) => {
      const own = isGrouped ? shown.filter((one) => one.group === group) : [];
      part.rows[0].querySelector(".n").textContent = own.length;
      part.replaceChildren(part.rows[0], ...own.map(({ row }) => rows[row]));
      part.hidden = !own.length;
    });
    flat.hidden = isGrouped;
    flat.replaceChildren(...(isGrouped ? [] : shown.map(({ row }) => rows[row])));
    table.append(...(choice.down ? parts.slice().reverse() : parts), flat);
  }

  function showFacets(counts) {
    facets.forEach(({ boxes, chosen, field }, f) => {
      const size = choice.wanted[f].size;
      chosen.textContent = size ? `${size} set` : "";
      field.hidden = boxes.length < 2 && !size;
      boxes.forEach(({ box, count: shownCount, line }, number) => {
        box.checked = choice.wanted[f].has(number);
        shownCount.textContent = counts[f][number];
        line.classList.toggle("zero", !counts[f][number]);
        line.hidden = boxes.length > LONG && !counts[f][number] && !box.checked && document.activeElement !== box;
      });
    });
  }

  function showChips() {
    const chosen = facts.facets.flatMap((facet, f) => Array.from(choice.wanted[f], (number) => ({ f, number, facet })));
    more.textContent = chosen.length ? `Filters (${chosen.length})` : "Filters";
    chips.replaceChildren(...chosen.map(({ f, number, facet }, place) => make("li", {},
      make("button", {
        type: "button", "aria-label": `Remove the filter ${facet.label}: ${facet.values[number][1]}`,
        onclick() {
          want(f, number, false);
          // The button is gone: the keyboard goes on at its neighbour.
          (chips.querySelectorAll("button")[Math.min(place, chips.children.length - 1)] || find).focus();
        },
      }, make("span", { class: "of" }, `${facet.label}: `), facet.values[number][1]))));
    if (!choice.isEmpty) chips.append(make("li", {}, make("button", { type: "button", class: "clear", onclick: clear }, "Clear all")));
  }

  // Where tables are laid out as blocks, some browsers forget that they are tables.
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  for (const element of [table, ...table.querySelectorAll("thead, tbody, tr, td")]) element.setAttribute("role", ROLES[element.tagName]);
  for (const head of heads) head.setAttribute("role", "columnheader");
  for (const row of rows) row.cells[0].setAttribute("role", "rowheader");
  flat.setAttribute("role", "rowgroup");

  table.before(form, results);
  results.append(table);
  section.classList.add("on");
  window.addEventListener("popstate", recall);
  recall();
})();
