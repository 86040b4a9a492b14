// On a narrow screen the reader's panel is a bar at the foot of the window. It opens for who asks or taps a passage.
(() => {
  const root = document.querySelector("[data-reader]");
  const panel = root?.querySelector("[data-panel]");
  const button = panel?.querySelector("[data-sheet]");
  if (!button) return;

  function show(open) {
    panel.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Close" : "Details";
  }
  button.addEventListener("click", () => show(!panel.classList.contains("open")));
  root.addEventListener("click", (event) => {
    if (event.target.closest(".said mark:not(.off), .chip, .queue-row .words")) show(true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) show(false);
    if (event.key === "t" && !event.target.closest?.("input, textarea, select")) show(true);
  });
})();
