// The current view of the explorer as CSV and JSON, made in the browser.
(function () {
  "use strict";

  /**
   * The callers of a view as plain records.
   *
   * @param facts the facts of the page.
   * @param shown what `survey` returned, in the order on the page.
   * @param details gives for a row's number its page's address and, by case, the consequence.
   */
  function records(facts, shown, details) {
    const facet = (name) => facts.facets.find((one) => one.name === name);
    return shown.map(({ row, matches }) => {
      const { id, title, cases } = facts.rows[row];
      const { page, consequence } = details(row);
      return {
        id,
        title,
        page,
        cases: matches.map(({ number, places }) => {
          const [, , ...values] = cases[number];
          const record = {
            places: places.map((place) => {
              const [kernel, platform] = facts.places[place];
              return `${facet("kernel").values[kernel][0]}/${facet("platform").values[platform][0]}`;
            }),
          };
          facts.own.forEach((name, i) => {
            const named = (list) => list.map((v) => (Array.isArray(v) ? named(v) : facet(name).values[v][0]));
            record[name] = named(values[i]);
          });
          record.consequence = consequence(number);
          return record;
        }),
      };
    });
  }

  /** The view as JSON: where it is from, and its callers. */
  function toJson(facts, shown, details, address) {
    return `${JSON.stringify({ from: address, callers: records(facts, shown, details) }, null, 1)}\n`;
  }

  /** The view as CSV (RFC 4180), one line per case; lists by blanks, alternatives by ` | `. */
  function toCsv(facts, shown, details) {
    const names = ["id", "title", "places", ...facts.own, "consequence", "page"];
    const lines = [names];
    for (const { id, title, page, cases } of records(facts, shown, details)) {
      for (const one of cases) lines.push(names.map((name) => joined({ id, title, page, ...one }[name])));
    }
    return lines.map((line) => line.map(quoted).join(",") + "\r\n").join("");
  }

  function joined(value) {
    if (!Array.isArray(value)) return value;
    return value.some(Array.isArray) ? value.map(joined).join(" | ") : value.join(" ");
  }

  function quoted(value) {
    // A spreadsheet would run a text that begins like a formula.
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  /** Hand a text to the reader as a file. */
  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  Object.assign(window.lostipi, { toJson, toCsv, save });
})();
