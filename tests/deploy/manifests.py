"""`make manifests`: the chart's objects for each driver, for those who have `kubectl apply` and no helm."""

import sys

from tests.deploy.helm import CHART, REPOSITORY, run

FOLDER = REPOSITORY / "deploy/kubernetes"
KINDS = ("auto", "modern_ebpf", "ebpf", "kmod")
_HEAD = """\
# Rendered from deploy/helm/agent by `make manifests`; do not edit. kubectl apply -f {name}
# The images are those of deploy/docker: push them where the nodes can pull them, and put that address in.
apiVersion: v1
kind: Namespace
metadata:
  name: agent
  labels:
    pod-security.kubernetes.io/enforce: privileged # host paths and the node's pid namespace
"""


def main() -> int:
    """Write one file for each driver."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        done = run(
            "template",
            "agent",
            str(CHART),
            "--namespace",
            "agent",
            "--kube-version",
            "1.33.0",
            "--set",
            f"driver.kind={kind}",
        )
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        path = FOLDER / f"{kind}.yaml"
        objects = done.stdout.replace("\nmetadata:\n", "\nmetadata:\n  namespace: agent\n")
        path.write_text(_HEAD.format(name=path.name) + objects)
        print(f"wrote {path.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
