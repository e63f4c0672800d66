// A table of many rows, of which only those in view are elements of the page.

const ROW_HEIGHT = 26; // pixels, as in style.css

// An element with attributes and content. Texts are only ever added as text nodes.
function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(made.style, value);
    else if (name.startsWith("aria-")) made.setAttribute(name, value); // false is a value there
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}

// The parts of a name, so that a line of it ends after "." or "_".
function breakable(name) {
  return name.split(/(?<=[._])/).flatMap((part, i) => (i ? [element("wbr"), part] : [part]));
}

class VirtualTable {
  // `columns`: { title, number, about, sort }, `cells(item)`: the content of a row's cells,
  // `choose(item)`: called when a row is chosen, `sorted(column)`: when a title is clicked
  constructor({ columns, cells, changed, choose, sorted }) {
    this.items = new Uint32Array(0);
    this.chosen = null;
    Object.assign(this, { columns, cells, changed, choose });
    this.rows = document.getElementById("rows");
    this.space = document.getElementById("space");
    this.titles = columns.map((column, index) =>
      element(
        "div",
        { role: "columnheader", class: column.number ? "n" : null, title: column.about },
        element("button", { class: "plain", onclick: () => sorted(index) }, column.title),
      ),
    );
    document.getElementById("titles").append(...this.titles);
    document.getElementById("table").setAttribute("aria-colcount", columns.length);
    this.rows.addEventListener("scroll", () => this.draw());
    this.rows.addEventListener("keydown", (event) => this.pressed(event));
    new ResizeObserver(() => this.draw()).observe(this.rows);
  }

  // Show these items, in this order.
  show(items, { column, down } = {}) {
    this.items = items;
    document.getElementById("table").setAttribute("aria-rowcount", items.length + 1);
    this.titles.forEach((title, index) => {
      if (index === column) title.setAttribute("aria-sort", down ? "descending" : "ascending");
      else title.removeAttribute("aria-sort");
    });
    this.space.style.height = `${items.length * ROW_HEIGHT}px`;
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.rows.scrollTop / ROW_HEIGHT) - 5);
    const last = first + Math.ceil(this.rows.clientHeight / ROW_HEIGHT) + 10;
    const drawn = [];
    for (let place = first; place < Math.min(last, this.items.length); place++) {
      drawn.push(this.row(place));
    }
    this.space.replaceChildren(...drawn);
    const chosen = this.space.querySelector("[aria-selected=true]");
    if (chosen) this.rows.setAttribute("aria-activedescendant", chosen.id);
    else this.rows.removeAttribute("aria-activedescendant");
  }

  row(place) {
    const item = this.items[place];
    const cells = this.cells(item).map((content, index) =>
      element("div", { role: "gridcell", class: this.columns[index].number ? "n" : null }, ...content),
    );
    const attributes = {
      id: `row-${item}`,
      role: "row",
      class: this.changed(item) ? "row changed" : "row",
      "aria-rowindex": place + 2,
      "aria-selected": item === this.chosen,
      style: { top: `${place * ROW_HEIGHT}px` },
      onclick: () => this.pick(item),
    };
    const made = element("div", attributes, ...cells);
    for (const cell of cells) cell.title = cell.textContent;
    return made;
  }

  pick(item) {
    this.chosen = item;
    this.draw();
    this.choose(item);
  }

  pressed(event) {
    const page = Math.max(1, Math.floor(this.rows.clientHeight / ROW_HEIGHT) - 1);
    const n = this.items.length;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -n, End: n };
    if (!(event.key in steps) || !n) return;
    event.preventDefault();
    const place = this.chosen === null ? -1 : this.items.indexOf(this.chosen);
    const start = place < 0 ? (steps[event.key] > 0 ? -1 : 0) : place;
    const next = Math.min(n - 1, Math.max(0, start + steps[event.key]));
    const top = next * ROW_HEIGHT;
    const bottom = top + ROW_HEIGHT - this.rows.clientHeight;
    if (this.rows.scrollTop > top) this.rows.scrollTop = top;
    if (this.rows.scrollTop < bottom) this.rows.scrollTop = bottom;
    this.pick(this.items[next]);
  }
}
