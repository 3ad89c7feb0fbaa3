# SPDX-License-Identifier: MIT
"""The relocatable folder: `pdig-agent` with its own interpreter, loader and libraries, for images that have none.

| in the folder | what it is |
|---|---|
| pdig-agent | the launcher, a static program; it runs what follows |
| bin/pythonX.Y | the interpreter |
| lib/ | the loader, the C library, and every other library |
| lib/pythonX.Y/ | the standard library, as far as it is imported |
| packages/ | start.py, this project and what it is built on |
| licences/ | of all of it |
| pdig-agent.json | what this folder is |
"""
