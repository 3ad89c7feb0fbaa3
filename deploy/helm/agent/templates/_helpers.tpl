{{- define "agent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "agent.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "agent.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "agent.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "agent.selector" -}}
app.kubernetes.io/name: {{ include "agent.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "agent.labels" -}}
{{ include "agent.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "agent.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "agent.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The driver's own name, whatever alias was given. */}}
{{- define "agent.kind" -}}
{{- $wanted := .Values.driver.kind }}
{{- range $kind, $facts := (.Files.Get "files/drivers.yaml" | fromYaml).kinds }}
{{- if or (eq $kind $wanted) (has $wanted $facts.aliases) }}{{ $kind }}{{ end }}
{{- end }}
{{- end }}

{{/* What is refused: each with a sentence that says what to do. */}}
{{- define "agent.check" -}}
{{- $kind := include "agent.kind" . }}
{{- $facts := get (.Files.Get "files/drivers.yaml" | fromYaml).kinds $kind }}
{{- if and (eq $kind "pdig") (not .Values.driver.pdig.wholeNode) }}
{{- fail "driver.kind pdig watches what it is told to, and on a node that is every process of it, at a high cost: set driver.pdig.wholeNode to true if you mean that, or put pdig-agent into the pods that are to be watched (deploy/eks-fargate/sidecar-patch.yaml)." }}
{{- end }}
{{- if and (eq .Values.controller.kind "Deployment") $facts.oneANode (gt (int .Values.controller.replicas) 1) }}
{{- fail (printf "controller.kind Deployment with %d replicas may place two of them on one node, and the driver %s serves one agent there: use DaemonSet, one replica, or driver.kind modern_ebpf." (int .Values.controller.replicas) $kind) }}
{{- end }}
{{- if and (ne $kind "auto") .Values.driver.allowPrivileged }}
{{- fail (printf "driver.allowPrivileged goes with driver.kind auto: %s has the privileges that it needs." $kind) }}
{{- end }}
{{- if and (not $facts.loader) (not (hasKey $facts "privileged")) .Values.driver.loader.repositories }}
{{- fail (printf "driver.loader.repositories are of no use to driver.kind %s, which loads nothing before it starts." $kind) }}
{{- end }}
{{- if and .Values.config.engine (hasKey (.Values.config.engine | default dict) "kind") }}
{{- fail "config.engine.kind is set by driver.kind: leave it out of config." }}
{{- end }}
{{- if and $facts.loader .Values.driver.loader.cleanUp (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) }}
{{- fail (printf "driver.loader.cleanUp needs Kubernetes 1.29, and this is %s: set it to false; the driver then stays loaded when the pod ends." .Capabilities.KubeVersion.Version) }}
{{- end }}
{{- $rolling := get (.Values.controller.updateStrategy | default dict) "rollingUpdate" | default dict }}
{{- if and $facts.oneANode (get $rolling "maxSurge") }}
{{- fail (printf "controller.updateStrategy.rollingUpdate.maxSurge would start a second agent on a node before the first has ended, and the driver %s serves one: leave it out." $kind) }}
{{- end }}
{{- if .Values.metrics.enabled }}
{{- fail "metrics.enabled: this version of the agent has no metrics endpoint, so there is nothing that a Service or a ServiceMonitor could lead to." }}
{{- end }}
{{- end }}

{{/* Whether the containers are privileged. */}}
{{- define "agent.privileged" -}}
{{- $kind := include "agent.kind" . }}
{{- $facts := get (.Files.Get "files/drivers.yaml" | fromYaml).kinds $kind }}
{{- if or (hasKey $facts "privileged") (and (eq $kind "auto") .Values.driver.allowPrivileged) }}true{{ end }}
{{- end }}

{{/* A container's securityContext for a list of capabilities. */}}
{{- define "agent.security" -}}
{{- if .privileged -}}
privileged: true
{{- else -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
  add: [{{ join ", " .capabilities }}]
seccompProfile:
  type: RuntimeDefault
{{- /* The runtimes' profile forbids pins below /sys, and to look into other processes. */}}
{{- if semverCompare ">=1.30.0-0" .root.Capabilities.KubeVersion.Version }}
appArmorProfile:
  type: Unconfined
{{- end }}
{{- end }}
readOnlyRootFilesystem: true
runAsUser: 0
{{- end }}

{{/* Names of the node's folders that a pod sees. */}}
{{- define "agent.hostPaths" -}}
{{- $kind := include "agent.kind" . }}
{{- $paths := (get (.Files.Get "files/drivers.yaml" | fromYaml).kinds $kind).hostPaths }}
{{- if and (eq $kind "auto") .Values.driver.allowPrivileged }}{{ $paths = append $paths "dev" }}{{ end }}
{{- join "," $paths }}
{{- end }}

{{- define "agent.image" -}}
{{ .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end }}
