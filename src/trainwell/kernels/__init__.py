"""The formulas of the reference engine as compiled loops: one kernel a formula."""
