// <a href="#id" data-dialog-open="id"> opens a <dialog> as a modal; [data-dialog-close] closes the one it is in.
// Without this script the link leads to the dialog, which the style sheet then shows in place.
(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
    if (dialog && dialog.showModal) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    const open = closer && closer.closest("dialog[open]");
    if (open) {
      event.preventDefault();
      open.close();
    }
  });
  // role="button" promises the space bar too.
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("a[role='button']")) return;
    event.preventDefault();
    event.target.click();
  });
})();
