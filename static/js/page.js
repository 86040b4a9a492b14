// Small manners of every page: say what a request in the background answered, close menus, show the current section.
(() => {
  const toasts = () => document.getElementById("toasts");

  function toast(text, tone) {
    if (toasts()?.lastElementChild?.querySelector("p")?.textContent === text) return; // a poll that fails says so once
    const box = document.createElement("div");
    box.className = `toast tone-${tone}`;
    const words = document.createElement("p");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button button-quiet";
    close.textContent = "Close";
    close.dataset.toastClose = "";
    box.append(words, close);
    toasts()?.append(box);
  }

  // A refusal is one sentence of plain text; anything else is a page, which is not for a toast.
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    toast(plain ? xhr.responseText : "That did not work. Nothing was saved; reload the page and try again.", "bad");
  });
  document.addEventListener("htmx:sendError", () => toast("The server can't be reached. Nothing was saved; check the connection and try again.", "bad"));
  document.addEventListener("htmx:timeout", () => toast("The server took too long to answer. Reload the page to see what was saved.", "warn"));

  document.addEventListener("click", (event) => {
    event.target.closest("[data-toast-close]")?.closest(".toast")?.remove();
    if (event.target.closest("[aria-disabled='true']")) event.preventDefault();
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
})();
