// SPDX-License-Identifier: Apache-2.0
/* Preloaded into hello, as a library that needs the image's own C library. */
int preloaded = 5;
