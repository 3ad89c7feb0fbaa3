"""deploy/ecs and deploy/eks-fargate: well-formed, within what Fargate allows, with commands that pdig-agent takes."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from drivers.pdig.cli import build_parser

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TASKS = sorted((DEPLOY / "ecs").glob("*.json"))
MANIFESTS = [DEPLOY / "eks-fargate" / name for name in ("entry-point.yaml", "sidecar.yaml")]

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}
MEMORY_OF_CPU = {"256": (512, 2048), "512": (1024, 4096), "1024": (2048, 8192), "2048": (4096, 16384)}
"""MiB that go with CPU units on Fargate (Amazon ECS, task definition parameters for Fargate)."""


def record(properties: dict[str, Any], required: str = "") -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required.split()}


def listing(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1}


# What these files use of the API (RegisterTaskDefinition), no more: a name that is misspelt is refused here.
TASK = record(
    {
        "family": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,255}$"},
        "requiresCompatibilities": {"const": ["FARGATE"]},
        "networkMode": {"const": "awsvpc"},
        "pidMode": {"const": "task"},  # the only one that Fargate has
        "cpu": {"enum": list(MEMORY_OF_CPU)},
        "memory": {"type": "string", "pattern": "^[0-9]+$"},
        "runtimePlatform": record(
            {"operatingSystemFamily": {"const": "LINUX"}, "cpuArchitecture": {"const": "X86_64"}}
        ),
        "executionRoleArn": {"type": "string", "pattern": "^arn:aws:iam::[0-9]{12}:role/"},
        "volumes": listing(record({"name": TEXT}, "name")),
        "containerDefinitions": listing(
            record(
                {
                    "name": TEXT,
                    "image": TEXT,
                    "essential": {"type": "boolean"},
                    "dependsOn": listing(
                        record({"containerName": TEXT, "condition": {"enum": ["START", "COMPLETE", "SUCCESS"]}})
                    ),
                    "entryPoint": TEXTS,
                    "command": TEXTS,
                    "mountPoints": listing(
                        record({"sourceVolume": TEXT, "containerPath": TEXT, "readOnly": {"type": "boolean"}})
                    ),
                    "readonlyRootFilesystem": {"type": "boolean"},
                    "linuxParameters": record(
                        # Tasks on Fargate can add this one alone.
                        {"capabilities": record({"add": {"const": ["SYS_PTRACE"]}, "drop": TEXTS})}
                    ),
                    "portMappings": listing(
                        record({"containerPort": {"type": "integer"}, "protocol": {"const": "tcp"}})
                    ),
                    "logConfiguration": record(
                        {
                            "logDriver": {"const": "awslogs"},
                            "options": record(
                                {"awslogs-group": TEXT, "awslogs-region": TEXT, "awslogs-stream-prefix": TEXT},
                                "awslogs-group awslogs-region awslogs-stream-prefix",
                            ),
                        }
                    ),
                },
                "name image essential",
            )
        ),
    },
    "family requiresCompatibilities networkMode cpu memory containerDefinitions",
)

IDENTITY = {"type": "integer", "minimum": 0}
CONTAINER = record(
    {
        "name": TEXT,
        "image": TEXT,
        "command": TEXTS,
        "args": TEXTS,
        "restartPolicy": {"const": "Always"},
        "volumeMounts": listing(record({"name": TEXT, "mountPath": TEXT, "readOnly": {"type": "boolean"}})),
        "securityContext": record(
            {
                "runAsUser": IDENTITY,
                "runAsGroup": IDENTITY,
                "allowPrivilegeEscalation": {"const": False},
                "readOnlyRootFilesystem": {"type": "boolean"},
                # EKS on Fargate refuses a pod that adds any.
                "capabilities": record({"drop": {"const": ["ALL"]}}),
            }
        ),
        "resources": record({"requests": record({"cpu": TEXT, "memory": TEXT})}),
    },
    "name image",
)
POD = record(
    {
        "shareProcessNamespace": {"const": True},
        "securityContext": record({"runAsUser": IDENTITY, "runAsGroup": IDENTITY, "runAsNonRoot": {"type": "boolean"}}),
        "initContainers": listing(CONTAINER),
        "containers": listing(CONTAINER),
        "volumes": listing(record({"name": TEXT, "emptyDir": {"const": {}}})),
    },
    "containers",
)


def task(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def pod(document: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = document["spec"] if document["kind"] == "Pod" else document["spec"]["template"]["spec"]
    return spec


def patched() -> dict[str, Any]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which applies the patch, is not installed")
    done = subprocess.run(["kubectl", "kustomize", DEPLOY / "eks-fargate"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = yaml.safe_load(done.stdout)
    return document


def agent_words(words: list[str]) -> list[str]:
    """Return what pdig-agent itself is told: without the launcher, and without what stands behind the two dashes."""
    own = words[1:] if words[0].endswith("/pdig-agent") else words
    return own[: own.index("--")] if "--" in own else own


def commands() -> Iterator[tuple[str, list[str]]]:
    for path in TASKS:
        for container in task(path)["containerDefinitions"]:
            words = [*container.get("entryPoint", []), *container.get("command", [])]
            if "pdig-agent" in container["image"] or words[:1] == ["/pdig/pdig-agent"]:
                yield f"{path.name}:{container['name']}", words
    for path in [*MANIFESTS, DEPLOY / "eks-fargate/sidecar-patch.yaml"]:
        spec = pod(yaml.safe_load(path.read_text()))
        for container in [*spec.get("initContainers", []), *spec.get("containers", [])]:
            words = [*container.get("command", []), *container.get("args", [])]
            if "pdig-agent" in container["image"] or words[:1] == ["/pdig/pdig-agent"]:
                yield f"{path.name}:{container['name']}", words


def test_there_is_an_entry_point_and_a_sidecar() -> None:
    assert [path.name for path in TASKS] == ["entry-point.json", "sidecar.json"]
    assert len(list(commands())) == 7


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, words in commands()])
def test_pdig_agent_takes_the_command(words: list[str]) -> None:
    options = build_parser().parse_args(agent_words(words))
    assert sum(("--" in words, options.pidns, options.install_to is not None)) == 1


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.name)
def test_a_task_definition_is_what_fargate_takes(path: Path) -> None:
    definition = task(path)
    jsonschema.Draft202012Validator(TASK).validate(definition)
    least, most = MEMORY_OF_CPU[definition["cpu"]]
    assert least <= int(definition["memory"]) <= most
    containers = {container["name"]: container for container in definition["containerDefinitions"]}
    volumes = {volume["name"] for volume in definition.get("volumes", [])}
    for container in containers.values():
        assert {mount["sourceVolume"] for mount in container.get("mountPoints", [])} <= volumes
        for other in container.get("dependsOn", []):
            assert other["containerName"] in containers
            # A container that others wait for to end must not take the task with it.
            assert other["condition"] == "START" or not containers[other["containerName"]]["essential"]


def test_the_one_who_traces_has_the_capability_and_the_sidecar_the_tasks_processes() -> None:
    entry, beside = (task(DEPLOY / "ecs" / name) for name in ("entry-point.json", "sidecar.json"))
    for definition, who in ((entry, "web"), (beside, "pdig-agent")):
        having = [c["name"] for c in definition["containerDefinitions"] if "add" in str(c.get("linuxParameters"))]
        assert having == [who]
    assert beside["pidMode"] == "task"
    assert "pidMode" not in entry


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_pod_is_what_fargate_takes(path: Path) -> None:
    spec = pod(yaml.safe_load(path.read_text()))
    jsonschema.Draft202012Validator(POD).validate(spec)
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    for container in [*spec["initContainers"], *spec["containers"]]:
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes


def test_the_sidecar_is_the_applications_user() -> None:
    """Without the capability only a process of the same user and group can be traced."""
    spec = pod(yaml.safe_load((DEPLOY / "eks-fargate/sidecar.yaml").read_text()))
    assert spec["shareProcessNamespace"] is True
    assert {"runAsUser", "runAsGroup"} <= set(spec["securityContext"])
    assert not [c for c in spec["containers"] if "runAsUser" in c.get("securityContext", {})]


def test_the_wrapped_application_keeps_one_user_for_without_a_capability_another_users_memory_is_closed() -> None:
    (container,) = pod(yaml.safe_load((DEPLOY / "eks-fargate/entry-point.yaml").read_text()))["containers"]
    assert container["securityContext"]["runAsUser"] > 0
    assert "capabilities" not in container["securityContext"]


def test_the_patch_adds_the_sidecar_and_changes_no_container() -> None:
    workload = yaml.safe_load((DEPLOY / "eks-fargate/workload.yaml").read_text())
    before, after = pod(workload), pod(patched())
    jsonschema.Draft202012Validator(POD).validate(after)
    assert after.pop("shareProcessNamespace") is True
    (added,) = after.pop("initContainers")
    assert after == before
    assert added["name"] == "pdig-agent"
    assert added["restartPolicy"] == "Always"
    for key in ("runAsUser", "runAsGroup"):
        assert added["securityContext"][key] == before["securityContext"][key]
