// What is wider than its place can be scrolled by keys as well.
(() => {
  const wide = () => {
    for (const part of document.querySelectorAll("pre, .output, .formula, .jp-OutputArea-output")) {
      if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    }
  };
  addEventListener("load", wide);
  addEventListener("resize", wide);
})();
