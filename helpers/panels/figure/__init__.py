"""The live figure: matplotlib draws what stands still, a canvas in the page what moves."""
