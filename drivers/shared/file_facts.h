/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What every driver says of a file in the same form. */
#ifndef AGENT_FILE_FACTS_H
#define AGENT_FILE_FACTS_H

/* A device number as stat(2) gives it. */
static __always_inline u32 encode_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

/* Which layer of an overlay file system a file comes from. */
enum layer {
	LAYER_NONE,
	LAYER_UPPER,
	LAYER_LOWER,
};

#endif
