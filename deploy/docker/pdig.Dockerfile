# An image that holds what pdig-agent needs and nothing else: no shell, no C library of a distribution.
#
#   make pdig-bundle
#   docker build -t pdig-agent -f deploy/docker/pdig.Dockerfile build
#
# It runs as a sidecar (--pidns), and as an init container that copies the folder onto a volume (--install-to DIR), from
# where the application's own image runs it as its entry point (docs/fargate.md).
FROM scratch
COPY pdig-agent/ /opt/pdig-agent/
ENTRYPOINT ["/opt/pdig-agent/pdig-agent"]
CMD ["--help"]
