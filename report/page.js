// Sorts and filters the tables. Without it, the page shows every row, and no control.
(() => {
  "use strict";

  const collator = new Intl.Collator("en", { numeric: true });

  // The number that a cell starts with: "1,234.5 MB" is 1234.5; null if it starts with none.
  const numberOf = text => {
    const found = /^[-\u2212]?[\d,]*\.?\d+(?:e[-+]?\d+)?/i.exec(text);
    return found ? Number(found[0].replace(/,/g, "").replace("\u2212", "-")) : null;
  };

  // Cells without a value come last in either direction.
  const compare = (a, b, sign) => {
    if (a.text === "" || b.text === "") return (a.text === "") - (b.text === "");
    if (a.number !== null && b.number !== null) return sign * (a.number - b.number);
    if (a.number !== null || b.number !== null) return (a.number === null) - (b.number === null);
    return sign * collator.compare(a.text, b.text);
  };

  const textOf = (row, column) => {
    const text = row.cells[column].textContent.trim();
    return text === "\u2013" || text === "unavailable" ? "" : text;
  };

  const sort = (table, head) => {
    const column = head.cellIndex, isNumber = head.classList.contains("n");
    const descending = head.ariaSort ? head.ariaSort === "ascending" : isNumber;
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = Array.from(table.tBodies[0].rows, row => {
      const text = textOf(row, column);
      return { row, text, number: isNumber ? numberOf(text) : null };
    });
    rows.sort((a, b) => compare(a, b, descending ? -1 : 1));
    table.tBodies[0].append(...rows.map(x => x.row));
  };

  for (const table of document.querySelectorAll("table.data")) {
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.append(button);
    }
  }

  // A link into closed details opens them.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  const form = document.getElementById("filters");
  if (!form) return;
  const selects = Array.from(form.querySelectorAll("select"));
  const search = document.getElementById("search"), counts = document.getElementById("counts");
  const machines = Array.from(document.querySelectorAll("details.machine"));

  // The rows of every table with the values that filters look at, read once, when they are first needed.
  const read = () => Array.from(document.querySelectorAll("table[data-name]"), table => {
    const keys = Array.from(table.tHead.rows[0].cells).filter(th => th.dataset.key);
    return {
      name: table.dataset.name, shown: 0,
      rows: Array.from(table.tBodies[0].rows, row => ({
        row, text: row.textContent.toLowerCase(),
        values: Object.fromEntries(keys.map(th => [th.dataset.key, row.cells[th.cellIndex].textContent.trim()]))
      }))
    };
  });
  let tables = null;
  const thousands = n => n.toLocaleString("en");

  // A table that lacks the column of a filter ignores it.
  const apply = () => {
    tables = tables || read();
    const asked = selects.filter(s => s.value).map(s => [s.dataset.key, s.value]);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const total = new Map();
    for (const table of tables) {
      const sum = total.get(table.name) || { shown: 0, all: 0 };
      for (const { row, text, values } of table.rows) {
        const fits = asked.every(([key, value]) => !(key in values) || values[key] === value) &&
          words.every(word => text.includes(word));
        if (row.hidden === fits) row.hidden = !fits;
        sum.shown += fits;
        sum.all += 1;
      }
      total.set(table.name, sum);
    }
    for (const machine of machines) machine.hidden = asked.some(([key, v]) => (machine.dataset[key] ?? v) !== v);
    const said = Array.from(total, ([name, n]) => `${thousands(n.shown)} of ${thousands(n.all)} (${name})`);
    counts.value = "Rows shown: " + said.join(", ");
  };

  let waiting = 0;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); };
  form.addEventListener("change", apply);
  search.addEventListener("input", later);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
})();
