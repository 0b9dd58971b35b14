// A button that says with each press what its fields hold; `submit_button.py` says why.

async function render({ model, el }) {
  const field = (reference) => model.widget_manager.get_model(reference.slice("IPY_MODEL_".length));
  const fields = await Promise.all(model.get("fields").map(field));
  const button = document.createElement("button"), icon = document.createElement("i");
  button.type = "button";
  button.addEventListener("click", () => {
    button.focus(); // Safari does not, and a field tells its words when it is left
    model.send({ pressed: fields.map((one) => one.get("value")) });
  });

  function show() {
    const style = model.get("button_style");
    button.className = `jupyter-widgets jupyter-button widget-button ${style && `mod-${style}`}`;
    icon.className = `fa fa-${model.get("icon")}`;
    button.replaceChildren(icon, model.get("description"));
    Object.assign(button, { title: model.get("tooltip"), disabled: model.get("disabled") });
  }

  model.on("change", show);
  show();
  el.append(button);
  return () => model.off("change", show);
}

export default { render };
