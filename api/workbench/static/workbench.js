// The page works without this file: every item is a link that selects it on the server. With it, selecting needs no trip.
"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["", "light", "dark"];
  const remembered = localStorage.getItem("oncode-theme");
  if (remembered) root.dataset.theme = remembered;

  const all = (selector) => [...document.querySelectorAll(selector)];
  const chosen = () => document.querySelector(".item.chosen");
  const announce = (words) => {
    const place = document.getElementById("announce");
    if (place) place.textContent = words;
  };
  let step = -1;

  function litWords() {
    return all("mark.lit");
  }

  function unlight() {
    for (const element of all(".lit, .near")) element.classList.remove("lit", "near");
    step = -1;
  }

  // Exact words are lit; words that many things share, or that lie in a long passage, are only underlined.
  function light(elements, near = []) {
    unlight();
    for (const element of elements) element.classList.add("lit");
    for (const element of near) element.classList.add("near");
    const first = [...elements, ...near].find((element) => element.tagName === "MARK");
    if (first) showInNote(first);
  }

  // Scrolls the note's own box; the page moves only where the note is not a box of its own (narrow screens).
  function showInNote(mark) {
    const box = document.getElementById("note");
    if (box.scrollHeight > box.clientHeight + 4) {
      const top = mark.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
      box.scrollTo({ top: top - box.clientHeight / 3, behavior: "auto" });
    } else if (box.getBoundingClientRect().bottom > window.innerHeight || box.getBoundingClientRect().top < 0) {
      mark.scrollIntoView({ block: "center" });
    }
  }

  function choose(item, { open = true } = {}) {
    for (const other of all(".item.chosen")) {
      if (other === item) continue;
      other.classList.remove("chosen");
      other.querySelector(".head").removeAttribute("aria-current");
      const why = other.querySelector(":scope > details.why");
      if (why) why.open = false;
    }
    unlight();
    if (!item) {
      history.replaceState(null, "", location.pathname);
      announce("nothing selected");
      return;
    }
    item.classList.add("chosen");
    item.querySelector(".head").setAttribute("aria-current", "true");
    const fold = item.closest("details:not(.why)");
    if (fold) fold.open = true;
    const why = item.querySelector(":scope > details.why");
    if (why && open) why.open = true;
    light(all(`[data-for~="${item.id}"]`), all(`[data-near~="${item.id}"]`));
    item.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `?focus=${item.id}`);
    const words = litWords().length;
    announce(`${item.querySelector(".head").textContent.trim().replace(/\s+/g, " ")}; ${words} passages lit`);
  }

  function move(kind, by) {
    const items = all(`li.item[data-kind="${kind}"]`);
    if (!items.length) return;
    const at = items.indexOf(chosen());
    const next = at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length;
    choose(items[next]);
    items[next].querySelector(".head").focus({ preventScroll: true });
  }

  function stepThroughWords() {
    const words = litWords();
    if (!words.length) return;
    step = (step + 1) % words.length;
    showInNote(words[step]);
    words[step].animate?.([{ outline: "3px solid var(--focus)" }, { outline: "3px solid transparent" }], 900);
  }

  function toggleWhy() {
    const why = chosen()?.querySelector(":scope > details.why");
    if (why) why.open = !why.open;
  }

  async function copyLines(button) {
    const rows = all('li.item[data-kind="line"]').map((item) => {
      const part = (selector) => item.querySelector(selector)?.textContent.trim() ?? "";
      const modifiers = [...item.querySelectorAll(".mod")].map((element) => element.textContent).join(" ");
      return [part(".code"), modifiers, part(".units").replace("×", ""), part(".pointers"), part(".label")].join("\t");
    });
    await navigator.clipboard.writeText(rows.join("\n"));
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1200);
  }

  const actions = {
    theme() {
      const next = themes[(themes.indexOf(root.dataset.theme ?? "") + 1) % themes.length];
      if (next) {
        root.dataset.theme = next;
        localStorage.setItem("oncode-theme", next);
      } else {
        delete root.dataset.theme;
        localStorage.removeItem("oncode-theme");
      }
    },
    sheet() { document.getElementById("sheet").showModal(); },
    print() { window.print(); },
    copy: copyLines,
  };

  document.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]");
    if (action) { actions[action.dataset.action](action); return; }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const quote = event.target.closest("a.quote");
    if (quote) {
      event.preventDefault();
      const [start, end] = [Number(quote.dataset.start), Number(quote.dataset.end)];
      light(all("mark[data-start]").filter((mark) => start <= mark.dataset.start && mark.dataset.start < end));
      return;
    }
    const bar = event.target.closest("a.bar");
    const head = event.target.closest(".item .head");
    if (bar || head) {
      const item = bar ? document.getElementById(bar.dataset.focus) : head.closest(".item");
      if (!item) return;
      event.preventDefault();
      choose(head && item === chosen() ? null : item);
      return;
    }
    const mark = event.target.closest("mark[data-for]");
    if (mark) {
      // The same words often support several things: each further click goes to the next of them, in page order.
      const owners = (mark.dataset.for || mark.dataset.near).split(" ").map((id) => document.getElementById(id)).filter(Boolean);
      owners.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
      choose(owners[(owners.indexOf(chosen()) + 1) % owners.length]);
    }
  });

  const keys = {
    j: () => move("line", 1), k: () => move("line", -1),
    n: () => move("gap", 1), p: () => move("gap", -1),
    d: () => move("diagnosis", 1),
    w: toggleWhy, e: stepThroughWords,
    t: () => { document.getElementById("timeline")?.scrollIntoView({ block: "start" }); document.getElementById("timeline")?.focus({ preventScroll: true }); },
    Escape: () => choose(null),
    "?": actions.sheet,
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, dialog");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.target.closest?.("form")?.requestSubmit();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = keys[event.key];
    if (!run || (event.key === "Escape" && !chosen())) return;
    event.preventDefault();
    run();
  });

  window.addEventListener("beforeprint", () => { for (const fold of all("details")) { fold.dataset.was = fold.open; fold.open = true; } });
  window.addEventListener("afterprint", () => { for (const fold of all("details[data-was]")) fold.open = fold.dataset.was === "true"; });

  const focused = chosen();
  if (focused) choose(focused);
})();
