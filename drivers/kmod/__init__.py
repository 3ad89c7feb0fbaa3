"""The kernel module's sources, and laying them out where DKMS or kbuild takes them from."""
