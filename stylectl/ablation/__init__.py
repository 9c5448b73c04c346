"""The paper's ablation: rows that differ in switches, trained by a recipe, measured, compared."""
