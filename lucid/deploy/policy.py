"""How many replicas a port needs: Serve's controller calls ``replicas``."""

import math
from typing import Any


def replicas(context: Any) -> tuple[int, dict[str, Any]]:
    """Return enough replicas for all players, those who wait included, and one spare."""
    metrics = context.aggregated_metrics or {}
    slots = max(metrics.get("slots", {}).values(), default=0)
    if slots < 1:  # nothing is loaded yet
        return context.target_num_replicas, {}
    players = sum(metrics["players"].values())
    wanted = math.ceil(players / slots) + 1
    least, most = context.capacity_adjusted_min_replicas, context.capacity_adjusted_max_replicas
    return min(max(wanted, least), most), {}
