"""The chart: what it renders is valid, has just the privileges that a driver needs, and what cannot work is refused."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from agent.config import load_config
from loader.drivers import ALL
from loader.options import build_parser
from tests.deploy.helm import CHART, REPOSITORY, refusal, render, run

KINDS = ["auto", *(name for driver in ALL for name in (driver.name, *driver.aliases[:1]))]
FACTS = yaml.safe_load((CHART / "files/drivers.yaml").read_text())
WHOLE_NODE = "driver.pdig.wholeNode=true"


def workload(*settings: str) -> dict[str, Any]:
    """Return the DaemonSet or Deployment."""
    [found] = [each for each in render(*settings) if each["kind"] in ("DaemonSet", "Deployment")]
    return found


def pod(kind: str, *settings: str) -> dict[str, Any]:
    """Return the specification of a pod for a driver."""
    more = (WHOLE_NODE,) if kind == "pdig" else ()
    spec: dict[str, Any] = workload(f"driver.kind={kind}", *more, *settings)["spec"]["template"]["spec"]
    return spec


def containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all containers of a pod."""
    return [*spec.get("initContainers", []), *spec["containers"]]


def own_name(kind: str) -> str:
    """Return the driver that a kind of the chart stands for."""
    return next(name for name, facts in FACTS["kinds"].items() if kind in (name, *facts["aliases"]))


def test_helm_has_nothing_to_complain_of() -> None:
    done = run("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_chart_knows_the_drivers_of_the_loader() -> None:
    assert set(FACTS["kinds"]) == {"auto", *(driver.name for driver in ALL)}
    for driver in ALL:
        assert set(FACTS["kinds"][driver.name]["aliases"]) <= set(driver.aliases)


@pytest.mark.parametrize("version", ["1.29", "1.33"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_rendered_is_valid(kind: str, version: str) -> None:
    more = (WHOLE_NODE,) if kind == "pdig" else ()
    rules = "customRules.mine\\.yaml=- rule: x"
    for each in render(
        f"driver.kind={kind}", rules, "controller.annotations.a=b", "podLabels.team=x", *more, version=f"{version}.0"
    ):
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_module_makes_containers_privileged(kind: str) -> None:
    for container in containers(pod(kind)):
        security = container["securityContext"]
        if own_name(kind) == "kmod":
            assert security["privileged"] is True
        else:
            assert "privileged" not in security
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"]["drop"] == ["ALL"]
            role = "loader" if container["name"] == "driver" else "agent"
            assert security["capabilities"]["add"] == FACTS["kinds"][own_name(kind)][role]
            assert security["seccompProfile"] == {"type": "RuntimeDefault"}
            assert security["appArmorProfile"] == {"type": "Unconfined"}
        assert security["readOnlyRootFilesystem"] is True


def test_auto_may_be_let_fall_back_to_the_module() -> None:
    spec = pod("auto", "driver.allowPrivileged=true")
    assert all(
        container["securityContext"] == {**container["securityContext"], "privileged": True}
        for container in containers(spec)
    )
    assert {"name": "host-dev", "hostPath": {"path": "/dev", "type": "Directory"}} in spec["volumes"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_loader_is_there_when_there_is_something_to_load(kind: str) -> None:
    spec = pod(kind)
    loaders = [container for container in spec.get("initContainers", []) if container["name"] == "driver"]
    assert bool(loaders) == (own_name(kind) in ("auto", "ebpf", "kmod"))
    for loader in loaders:
        build_parser().parse_args(loader["args"])
        assert loader["args"][0] == own_name(kind)
        # It outlives the agent, and takes the driver out behind it.
        assert loader["restartPolicy"] == "Always"
        assert "--stay" in loader["args"]
        [choice] = [word.partition("=")[2] for word in loader["args"] if word.startswith("--choice-file")]
        for container in containers(spec):
            [mount] = [each for each in container["volumeMounts"] if each["name"] == "run"]
            assert Path(choice).is_relative_to(mount["mountPath"])


def test_a_loader_that_need_not_clean_up_ends() -> None:
    [loader] = pod("ebpf", "driver.loader.cleanUp=false")["initContainers"]
    assert "--stay" not in loader["args"]
    assert "restartPolicy" not in loader


def test_every_mount_has_its_volume() -> None:
    for kind in KINDS:
        spec = pod(kind, "driver.loader.publicKeySecret=keys")
        volumes = {volume["name"] for volume in spec["volumes"]}
        for container in containers(spec):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_the_configuration_is_one_that_the_agent_reads(tmp_path: Path) -> None:
    for kind in ("auto", "modern-bpf", "bpf", "module"):
        [config] = [
            each
            for each in render(f"driver.kind={kind}")
            if each["metadata"]["name"] == "agent" and each["kind"] == "ConfigMap"
        ]
        path = tmp_path / "agent.yaml"
        path.write_text(config["data"]["agent.yaml"])
        loaded = load_config(path, [])
        assert not loaded.warnings
        assert loaded.settings.engine.kind == own_name(kind)
        assert loaded.settings.json_output


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["driver.kind=ebfp"], "driver"),
        (["driver.knid=ebpf"], "knid"),
        (["driver.kind=pdig"], "driver.pdig.wholeNode"),
        (["driver.kind=kmod", "controller.kind=Deployment", "controller.replicas=2"], "serves one agent there"),
        (["driver.kind=kmod", "driver.allowPrivileged=true"], "goes with driver.kind auto"),
        (["driver.kind=modern_ebpf", "driver.loader.repositories={https://drivers.example}"], "loads nothing"),
        (["driver.loader.repositories={drivers.example}"], "repositories"),
        (["config.engine.kind=kmod"], "is set by driver.kind"),
        (["controller.updateStrategy.rollingUpdate.maxSurge=1"], "would start a second agent on a node"),
        (["metrics.enabled=true"], "no metrics endpoint"),
        (["controller.kind=StatefulSet"], "controller"),
        (["customRules.mine=text"], "invalid propertyName 'mine'"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(settings: list[str], said: str) -> None:
    assert said in refusal(*settings)


def test_cleaning_up_needs_a_cluster_that_can() -> None:
    assert "needs Kubernetes 1.29" in refusal(version="1.28.5")
    assert render("driver.loader.cleanUp=false", version="1.28.5")


def test_older_clusters_are_told_of_apparmor_in_annotations() -> None:
    [found] = [each for each in render(version="1.29.0") if each["kind"] == "DaemonSet"]
    annotations = found["spec"]["template"]["metadata"]["annotations"]
    for name in ("agent", "driver"):
        assert annotations[f"container.apparmor.security.beta.kubernetes.io/{name}"] == "unconfined"


def test_a_deployment_never_has_two_agents_on_a_node_at_once() -> None:
    assert workload("controller.kind=Deployment")["spec"]["strategy"] == {"type": "Recreate"}


def test_the_plain_manifests_are_those_of_the_chart() -> None:
    for kind in ("auto", "modern_ebpf", "ebpf", "kmod"):
        path = REPOSITORY / f"deploy/kubernetes/{kind}.yaml"
        rendered = [json.dumps(each, sort_keys=True) for each in render(f"driver.kind={kind}")]
        written = [each for each in yaml.safe_load_all(path.read_text()) if each]
        assert written[0]["kind"] == "Namespace"
        for each in written[1:]:
            assert each["metadata"].pop("namespace") == "agent"
        assert [json.dumps(each, sort_keys=True) for each in written[1:]] == rendered, "run `make manifests`"


def test_tasks_on_fargate_have_the_capabilities_that_pdig_needs() -> None:
    wanted = FACTS["kinds"]["pdig"]["agent"]
    for path in sorted((REPOSITORY / "deploy/ecs").glob("*.json")):
        task = json.loads(path.read_text())
        added = [
            each.get("linuxParameters", {}).get("capabilities", {}).get("add") for each in task["containerDefinitions"]
        ]
        assert [names for names in added if names] == [wanted], path
