"""The driver loader: finds out which drivers work on a machine, installs one, and says why the others do not."""
