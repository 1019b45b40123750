// The rows in the order that the address asks for: #sort=COLUMN, or #sort=-COLUMN for the other way round.
(() => {
  const table = document.querySelector("table");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  const links = headings.map((heading) => {
    const link = document.createElement("a");
    link.append(...heading.childNodes);
    heading.append(link);
    return link;
  });

  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : cell.dataset.value;
  };
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const number = (a, b) => Number(a) - Number(b);

  const arrange = () => {
    const [, minus, key] = /^#sort=(-?)([a-z-]+)$/.exec(location.hash) || [];
    const chosen = headings.findIndex((heading) => heading.dataset.key === key);
    headings.forEach((heading, column) => {
      const first = heading.dataset.first || "";
      const sign = column !== chosen ? first : minus ? "" : "-";
      links[column].href = `#sort=${sign}${heading.dataset.key}`;
      if (column === chosen) heading.ariaSort = minus ? "descending" : "ascending";
      else heading.removeAttribute("aria-sort");
    });
    if (chosen < 0) return body.append(...rows);
    const order = headings[chosen].classList.contains("number") ? number : compare;
    const keyed = rows.map((row) => [value(row, chosen), row]);
    keyed.sort(([a], [b]) => (a === "") - (b === "") || (minus ? order(b, a) : order(a, b)));
    body.append(...keyed.map(([, row]) => row));
  };

  addEventListener("hashchange", arrange);
  arrange();
})();
