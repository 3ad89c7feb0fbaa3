"""Configuration: defaults, then `/etc/agent/agent.yaml`, then the files it includes, then `-o` options."""

from agent.config.loading import DEFAULT_CONFIG_PATH, LoadedConfig, load_config
from agent.config.settings import Settings

__all__ = ["DEFAULT_CONFIG_PATH", "LoadedConfig", "Settings", "load_config"]
