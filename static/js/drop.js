// Files dropped anywhere on a form with an <input type="file" data-drop> go into that input; without this script choosing works as ever.
(() => {
  for (const input of document.querySelectorAll("input[type='file'][data-drop]")) {
    const area = input.closest("form");
    const lit = (on) => area.classList.toggle("dropping", on);
    area.addEventListener("dragover", (event) => {
      event.preventDefault();
      lit(true);
    });
    area.addEventListener("dragleave", (event) => lit(area.contains(event.relatedTarget)));
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      lit(false);
      if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
  }
})();
