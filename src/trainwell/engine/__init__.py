"""How steps are executed: the reference engine, one NumPy function per formula."""
