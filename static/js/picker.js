// The picker of passages from the keyboard: J and K walk, S supports, C contradicts, X takes away.
(() => {
  const rows = () => [...document.querySelectorAll("[data-passage]")];
  const SIDES = { s: "supports", c: "contradicts", x: "none" };
  let last = "";

  function walk(row, step) {
    const all = rows();
    const next = all[all.indexOf(row) + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    const row = event.target.closest("[data-passage]");
    if (key === "j" || key === "k") {
      if (row) walk(row, key === "j" ? 1 : -1);
      else rows()[0]?.focus();
    } else if (row && SIDES[key]) {
      row.querySelector(`button[value="${SIDES[key]}"]`)?.click();
    } else return;
    event.preventDefault();
  });

  // The list is replaced by the answer; whoever was at a passage stays there.
  document.addEventListener("htmx:beforeRequest", (event) => {
    last = event.target.closest("[data-passage]")?.id || "";
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (last) document.getElementById(last)?.focus();
  });
})();
