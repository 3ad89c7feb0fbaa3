"""The ptrace driver, for places where nothing may be loaded into the kernel. Only its command exists so far."""
