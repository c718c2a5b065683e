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

  let apply = () => {}; // the filters, if there are any

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
    apply();
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
  const most = 200; // rows of a table at a time, until all are asked for: more take seconds to lay out
  const selects = Array.from(form.querySelectorAll("select"));
  const search = document.getElementById("search"), counts = document.getElementById("counts");
  const more = document.getElementById("more");
  const machines = Array.from(document.querySelectorAll("details.machine"));
  const plain = text => text.trim().replace(/\s+/g, " "); // as the value of an option is
  const thousands = n => n.toLocaleString("en");
  const tables = Array.from(document.querySelectorAll("table[data-name]"), table => ({
    table, rows: table.tBodies[0].rows, known: new WeakMap(),
    keys: Array.from(table.tHead.rows[0].cells).filter(th => th.dataset.key)
  }));

  // What filters look at in a row, read when it is first needed. A table that lacks the column of a filter ignores it.
  const fits = ({ known, keys }, row, asked, words) => {
    if (!asked.length && !words.length) return true;
    let entry = known.get(row);
    if (!entry) {
      entry = Object.fromEntries(keys.map(th => [th.dataset.key, plain(row.cells[th.cellIndex].textContent)]));
      known.set(row, entry);
    }
    if (!asked.every(([key, value]) => !(key in entry) || entry[key] === value)) return false;
    if (!words.length) return true;
    const text = row.textContent.toLowerCase();
    return words.every(word => text.includes(word));
  };

  apply = everything => {
    const asked = selects.filter(s => s.value).map(s => [s.dataset.key, s.value]);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const total = new Map();
    let cut = false;
    for (const at of tables) {
      const name = at.table.dataset.name, sum = total.get(name) || { fit: 0, all: 0 };
      let shown = 0;
      for (const row of at.rows) {
        const good = fits(at, row, asked, words), hidden = !good || (shown >= most && !everything);
        if (row.hidden !== hidden) row.hidden = hidden;
        shown += !hidden;
        sum.fit += good;
        cut = cut || (good && hidden);
      }
      sum.all += at.rows.length;
      total.set(name, sum);
    }
    for (const machine of machines) {
      machine.hidden = asked.some(([key, value]) => plain(machine.dataset[key] ?? value) !== value);
    }
    const said = Array.from(total, ([name, n]) => `${thousands(n.fit)} of ${thousands(n.all)} ${name}`);
    counts.value = `Selected: ${said.join(", ")}.` + (cut ? ` At most ${most} rows of a table are shown.` : "");
    more.hidden = !cut;
  };

  let waiting = 0;
  form.addEventListener("change", () => apply());
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", event => event.preventDefault());
  more.addEventListener("click", () => apply(true));
  window.addEventListener("beforeprint", () => apply(true));
  apply();
  form.hidden = false;
})();
