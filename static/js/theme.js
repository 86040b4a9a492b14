// Runs before the first paint, so that a chosen theme never flashes. Without a choice the system decides.
(() => {
  const root = document.documentElement;
  const next = { system: "light", light: "dark", dark: "system" };
  const read = () => { try { return localStorage.getItem("theme") || "system"; } catch { return "system"; } };
  const apply = (theme) => {
    if (theme === "system") root.removeAttribute("data-theme");
    else root.dataset.theme = theme;
    for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = theme;
  };
  let theme = read();
  apply(theme);
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        theme = next[theme] || "system";
        try { localStorage.setItem("theme", theme); } catch { /* private window: lasts for this page */ }
        apply(theme);
      });
    }
    apply(theme);
  });
})();
