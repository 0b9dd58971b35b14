// What ipywidgets leave out for those who use keys or a screen reader, for the panel around it:
// each slider has a name and says its value as the panel spells it, Jupyter leaves the keys to
// them, and one region says the status line when it rests.

const REST = 1000; // ms without a change

/** Set an attribute, if it is another. */
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Name a panel's sliders by the words before them and values by those behind, lists by tooltip. */
export function nameControls(panel) {
  for (const list of panel.querySelectorAll("select")) {
    if (list.title) set(list, "aria-label", list.title);
    set(list, "data-lm-suppress-shortcuts", "true"); // else a letter may cut a cell
  }
  for (const handle of panel.querySelectorAll(".noUi-handle")) {
    const row = handle.closest(".slider-row");
    set(handle, "data-lm-suppress-shortcuts", "true"); // Notebook 7 looks at the focused element only
    if (!row) continue;
    set(handle, "aria-label", row.querySelector(".slider-name").textContent.trim());
    set(handle, "aria-valuetext", row.querySelector(".slider-value").textContent.trim());
  }
}

/** The words of a panel's status line, without the traceback of an error. */
export function statusWords(panel) {
  const status = panel.querySelector(".status")?.cloneNode(true);
  status?.querySelectorAll("details").forEach((details) => details.remove());
  return status ? status.textContent.trim() : "";
}

function render({ el }) {
  el.classList.add("panel-speaker");
  el.setAttribute("role", "status");
  let rest, said, gone = false, panel;

  function speak() {
    const words = statusWords(panel);
    if (said !== undefined && words !== said) el.textContent = words; // not what was there at first
    said = words;
  }

  function changed() {
    nameControls(panel);
    clearTimeout(rest); rest = setTimeout(speak, REST);
  }

  const watcher = new MutationObserver((changes) => {
    if (changes.some(({ target }) => !el.contains(target))) changed();
  });

  function attach() { // a widget is made before it is put in its place
    panel = el.closest(".lab");
    if (gone) return;
    if (!panel) return void requestAnimationFrame(attach);
    watcher.observe(panel, {
      childList: true, characterData: true, subtree: true, attributeFilter: ["aria-valuetext"] });
    changed();
  }

  attach();
  return () => { gone = true; clearTimeout(rest); watcher.disconnect(); };
}

export default { render };
