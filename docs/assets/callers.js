// Filters and sorts the table of callers; the address keeps the filter. Without it the table is whole.
(function () {
  "use strict";
  var table = document.querySelector("table.filterable");
  var place = document.getElementById("filters");
  if (!table || !place) return;
  var body = table.tBodies[0], rows = Array.from(body.rows), controls = {};
  var query = new URLSearchParams(location.search);
  var facets = ["verdict", "platform", "kernel", "subsystem", "api", "wait"];

  function field(name, control) {
    var label = document.createElement("label");
    label.append(name, control);
    control.name = name;
    controls[name] = control;
    place.append(label);
  }

  var text = document.createElement("input");
  text.type = "search";
  text.placeholder = "name, text";
  field("find", text);
  facets.forEach(function (name) {
    var select = document.createElement("select");
    select.append(new Option("any", ""));
    table.dataset[name].split(" ").forEach(function (value) {
      var used = name === "verdict" || name === "platform" || name === "kernel"
        ? rows.some(function (row) { return (" " + row.dataset.verdict.replace(/\//g, " ") + " ").includes(" " + value + " "); })
        : rows.some(function (row) { return row.dataset[name].split(" ").includes(value); });
      if (used) select.append(new Option(value, value));
    });
    field(name, select);
  });
  var count = document.createElement("output");
  var clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "clear";
  place.append(count, clear);

  function apply() {
    var want = {}, found = text.value.trim().toLowerCase(), shown = 0;
    facets.forEach(function (name) { want[name] = controls[name].value; });
    rows.forEach(function (row) {
      var verdict = row.dataset.verdict.split(" ").some(function (token) {
        var part = token.split("/");
        return (!want.verdict || part[0] === want.verdict) && (!want.kernel || part[1] === want.kernel)
          && (!want.platform || part[2] === want.platform);
      });
      var rest = ["subsystem", "api", "wait"].every(function (name) {
        return !want[name] || row.dataset[name].split(" ").includes(want[name]);
      });
      var words = (row.dataset.names + " " + row.textContent).toLowerCase();
      row.hidden = !(verdict && rest && (!found || words.includes(found)));
      if (!row.hidden) shown += 1;
      row.querySelectorAll("[data-in]").forEach(function (badge) {
        badge.hidden = Boolean(want.kernel) && !badge.dataset.in.split(" ").includes(want.kernel);
      });
    });
    count.textContent = shown + " of " + rows.length;
  }

  function remember() {
    var next = new URLSearchParams();
    Object.keys(controls).forEach(function (name) {
      if (controls[name].value) next.set(name, controls[name].value);
    });
    var search = next.toString();
    history.replaceState(null, "", location.pathname + (search ? "?" + search : "") + location.hash);
  }

  place.addEventListener("input", function () { apply(); remember(); });
  clear.addEventListener("click", function () {
    Object.keys(controls).forEach(function (name) { controls[name].value = ""; });
    apply();
    remember();
  });

  Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      Array.from(head.parentNode.cells).forEach(function (cell) { cell.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort(function (a, b) {
        var order = a.cells[column].textContent.trim().localeCompare(b.cells[column].textContent.trim());
        return down ? -order : order;
      });
      body.append.apply(body, rows);
    });
  });

  query.forEach(function (value, name) { if (controls[name]) controls[name].value = value; });
  apply();
})();
