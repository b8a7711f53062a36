"""Pictures and pages: numbers are collected in one function and drawn in another."""
