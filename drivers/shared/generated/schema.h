/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Generated from agent/schema by `python -m agent.codegen`. Do not edit: change the source and run the command. */
#ifndef AGENT_SCHEMA_H
#define AGENT_SCHEMA_H

/* A module that is not built from the agent's own schema is refused: its records would be misread. */
#define AGENT_SCHEMA_HASH 0xf4fee6c139bc8314ULL
#define AGENT_VERSION "0.1.0"

#endif
